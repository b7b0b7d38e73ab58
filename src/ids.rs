//! Newtypes for everything that would otherwise be a bare integer. Owns their conversion to text and back, and the hash that
//! makes a number of a name.
use core::fmt;

/// Hash of a text that comes in parts: FNV-1a with a final mix, so that every bit depends on all of the text.
pub fn hash(parts: &[&str]) -> u32 {
    let mut mixed = 0x811C_9DC5u32;
    for part in parts {
        mixed = part.bytes().fold(mixed, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    }
    mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2C1B_3C6D);
    mixed = (mixed ^ mixed >> 13).wrapping_mul(0x297A_2D39);
    mixed ^ mixed >> 16
}

/// Dense row number of an item inside one epoch; never shown to users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ordinal(pub u32);

impl Ordinal {
    /// The ordinal as a place in an array.
    pub fn place(self) -> usize {
        self.0 as usize
    }
}

/// A value of an attribute, as rules and profiles know it: the hash of `name=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(pub u32);

impl Value {
    /// The value of that attribute.
    pub fn of(name: &str, value: &str) -> Value {
        Value(hash(&[name, "=", value]))
    }
}

/// One way to propose candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelId {
    /// Two-hop item-to-item table: what goes with the items of the history.
    I2i,
    /// Ridge-regression item-to-item table (EASE): what goes with them and not merely with their neighbours.
    Ease,
    /// Directional item-to-item table over a window: what tends to come soon after.
    Next,
    /// Directional item-to-item table of immediate neighbours: what tends to come at once.
    Last,
    /// Item-to-item table weighed by how often a target was clicked where it was shown beside a trigger.
    Rank,
    /// Two steps over a table: what goes with what goes with the newest items.
    Walk,
    /// The history's own items, where visitors come back to them.
    Repeat,
    /// Items that the visitor came close to buying.
    Retarget,
    /// User vector against item vectors.
    U2i,
    /// Ranked lists of the visitor's nearest cohorts.
    Peers,
    /// Ranked lists of what the history's items are: their values.
    Tags,
    /// Ranked list of what is new.
    Fresh,
    /// Ranked list of a coarse segment of users.
    Crowd,
    /// What everybody meets, where all else leaves a list short.
    Popular,
}

impl ChannelId {
    /// All channels, in the order of their bits in a [`ChannelMask`].
    pub const ALL: [ChannelId; 14] = [
        ChannelId::I2i,
        ChannelId::Ease,
        ChannelId::Next,
        ChannelId::Last,
        ChannelId::Rank,
        ChannelId::Walk,
        ChannelId::Repeat,
        ChannelId::Retarget,
        ChannelId::U2i,
        ChannelId::Peers,
        ChannelId::Tags,
        ChannelId::Fresh,
        ChannelId::Crowd,
        ChannelId::Popular,
    ];
    /// Their names.
    pub const NAMES: [&str; 14] = [
        "i2i", "ease", "next", "last", "rank", "walk", "repeat", "retarget", "u2i", "peers", "tags", "fresh", "crowd",
        "popular",
    ];
    /// Those that read an item-to-item table of the build: the first ones.
    pub const TABLES: [ChannelId; 5] =
        [ChannelId::I2i, ChannelId::Ease, ChannelId::Next, ChannelId::Last, ChannelId::Rank];

    /// Stable name, as in the manifest and in results.
    pub fn name(self) -> &'static str {
        ChannelId::NAMES[self as usize]
    }

    /// The channel of that name.
    pub fn parse(name: &str) -> Option<ChannelId> {
        ChannelId::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// A set of channels, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelMask(pub u16);

impl ChannelMask {
    /// Every channel.
    pub const ALL: ChannelMask = ChannelMask((1 << ChannelId::ALL.len()) - 1);
    /// The channels that read a table.
    pub const TABLES: ChannelMask = ChannelMask((1 << ChannelId::TABLES.len()) - 1);

    /// The set of one channel.
    pub fn of(channel: ChannelId) -> ChannelMask {
        ChannelMask(1 << channel as u16)
    }

    /// This set with one more channel.
    #[must_use]
    pub fn with(self, channel: ChannelId) -> ChannelMask {
        ChannelMask(self.0 | Self::of(channel).0)
    }

    /// The channels of both sets.
    #[must_use]
    pub fn and(self, other: ChannelMask) -> ChannelMask {
        ChannelMask(self.0 & other.0)
    }

    /// Whether the channel is in the set.
    pub fn has(self, channel: ChannelId) -> bool {
        self.0 & Self::of(channel).0 != 0
    }
}

/// Name of a shard: the first 80 bits of the SHA-256 of its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardName(pub [u8; 10]);

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl ShardName {
    /// The all-zero name, which stands for "no such file" in a directory.
    pub const NONE: ShardName = ShardName([0; 10]);

    /// Reads the 16 base32 characters of a file name.
    pub fn parse(text: &str) -> Option<ShardName> {
        if text.len() != 16 {
            return None;
        }
        let mut name = ShardName::NONE;
        // The letter at `place` is the five bits from bit `5 * place`, which end in this byte or begin the next.
        for (place, letter) in text.bytes().enumerate() {
            let value = BASE32.iter().position(|&known| known == letter)?;
            let bits = value << 11 >> (5 * place % 8);
            name.0[5 * place / 8] |= (bits >> 8) as u8;
            if let Some(next) = name.0.get_mut(5 * place / 8 + 1) {
                *next |= bits as u8;
            }
        }
        Some(name)
    }
}

impl ShardName {
    /// The 16 base32 characters of the file name.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for place in 0..16 {
            let next = self.0.get(5 * place / 8 + 1).map_or(0, |&byte| u32::from(byte));
            let bits = (u32::from(self.0[5 * place / 8]) << 8 | next) << (5 * place % 8) >> 11;
            text.push(char::from(BASE32[bits as usize & 31]));
        }
        text
    }
}

impl fmt::Display for ShardName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text())
    }
}

/// The number of 16 hex digits.
pub fn hex(text: &str) -> Option<u64> {
    let digits = text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    // A letter is `0x41 + n` or `0x61 + n`, a digit `0x30 + n`: bit 6 tells them apart.
    digits.then(|| text.bytes().fold(0, |all, digit| all << 4 | u64::from((digit & 15) + (digit >> 6) * 9)))
}

/// Declares a 64-bit identity that is written as 16 hex digits.
macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{:016x}", self.0)
            }
        }

        impl $name {
            /// Reads 16 hex digits.
            pub fn parse(text: &str) -> Option<$name> {
                hex(text).map($name)
            }
        }
    };
}

identity!(
    /// Frozen numbering and centroids; all loaded shards share it.
    Epoch
);
identity!(
    /// The vector space; vectors of two models never meet.
    Model
);
identity!(
    /// One builder run; stands in the manifest only.
    BuildId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shard_names_go_to_text_and_back() {
        for name in [ShardName([0; 10]), ShardName([255; 10]), ShardName([1, 2, 3, 4, 5, 6, 7, 8, 9, 250])] {
            let text = name.to_string();
            assert_eq!(text.len(), 16);
            assert_eq!(ShardName::parse(&text), Some(name));
        }
        assert_eq!(ShardName([0; 10]).to_string(), "aaaaaaaaaaaaaaaa");
        assert_eq!(ShardName([1, 2, 3, 4, 5, 6, 7, 8, 9, 250]).to_string(), "aebagbafaydqqcp2");
        for bad in ["", "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaA", "aaaaaaaaaaaaaaa1", "ääääääää"] {
            assert_eq!(ShardName::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_value_is_the_hash_of_name_and_text() {
        assert_eq!(Value::of("colour", "dark"), Value(hash(&["colour=dark"])));
        assert_ne!(Value::of("colour", "dark"), Value::of("shade", "dark"));
        // Keys are hashed alike in files that exist: the number may never change.
        assert_eq!(hash(&["sku-1"]), 0xC9B8_E72F);
    }

    #[test]
    fn masks_hold_channels() {
        let mask = ChannelMask::of(ChannelId::Next).with(ChannelId::Crowd);
        let held: Vec<_> = ChannelId::ALL.into_iter().filter(|&c| mask.has(c)).collect();
        assert_eq!(held, [ChannelId::Next, ChannelId::Crowd]);
    }
}
