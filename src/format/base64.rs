//! Base64 with padding (RFC 4648 section 4), for shards that ride inside the manifest. Nothing else is encoded so.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes of `text`; `None` if it is not base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (groups, []) = text.as_bytes().as_chunks::<4>() else { return None };
    let mut bytes = Vec::with_capacity(groups.len().saturating_mul(3));
    for (place, group) in (1..).zip(groups) {
        let padding = group.iter().rev().take_while(|&&letter| letter == b'=').count();
        let mut bits = 0u32;
        for &letter in group {
            let value = LETTERS.iter().position(|&l| l == letter).or((letter == b'=').then_some(0))?;
            bits = bits << 6 | value as u32;
        }
        let in_the_middle = group.iter().filter(|&&letter| letter == b'=').count() != padding;
        if padding > 2 || in_the_middle || (padding > 0 && place != groups.len()) {
            return None;
        }
        let [_, three @ ..] = bits.to_be_bytes();
        bytes.extend(three.iter().take(3usize.saturating_sub(padding)));
    }
    Some(bytes)
}

/// The text of `bytes`.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().chain([0, 0].iter()).take(3).fold(0u32, |bits, &byte| bits << 8 | u32::from(byte));
        for (place, shift) in [18u32, 12, 6, 0].into_iter().enumerate() {
            let value = bits.wrapping_shr(shift) & 63;
            let letter = LETTERS.get(value as usize).filter(|_| place <= chunk.len());
            text.push(letter.map_or('=', |&l| char::from(l)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
        for bad in ["Z", "Zg=", "Z===", "=Zg=", "Zg==Zg==", "Zg=a", "Z g=", "Zm9v\n"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
