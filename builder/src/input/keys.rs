//! What an item or user key may be. Owns the limits and the words about them.
//!
//! Keys travel in line-separated lists and in the profile on the device: hence no control characters and a cap.

use edge_recall::format::bytes::MAX_KEY_BYTES;

/// The key without surrounding spaces, or what is wrong with it. `role` is `item` or `user`.
pub fn check_key<'a>(role: &str, raw: &'a str) -> Result<&'a str, String> {
    let key = raw.trim_matches(' ');
    if key.is_empty() {
        return Err(format!("the {role} is empty"));
    }
    if key.len() > MAX_KEY_BYTES {
        return Err(format!(
            "the {role} `{}` is {} bytes long; at most {MAX_KEY_BYTES} are allowed",
            shown(key),
            key.len()
        ));
    }
    if key.chars().any(char::is_control) {
        return Err(format!("the {role} `{}` holds a control character", shown(key)));
    }
    Ok(key)
}

/// A value as messages show it: escaped, and cut after 40 characters.
pub fn shown(text: &str) -> String {
    let mut cut: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_keys_pass_without_their_outer_spaces() {
        for (raw, key) in [("sku-1", "sku-1"), (" 42 ", "42"), ("日本 🎌", "日本 🎌")] {
            assert_eq!(check_key("item", raw), Ok(key));
        }
        assert!(check_key("item", &"k".repeat(512)).is_ok());
    }

    #[test]
    fn empty_long_and_unprintable_keys_are_named() {
        assert_eq!(check_key("user", "  ").unwrap_err(), "the user is empty");
        let message = check_key("item", &"k".repeat(10_240)).unwrap_err();
        assert_eq!(message, format!("the item `{}…` is 10240 bytes long; at most 512 are allowed", "k".repeat(40)));
        assert_eq!(check_key("item", "a\nb").unwrap_err(), r"the item `a\nb` holds a control character");
        assert!(check_key("item", "a\u{85}b").is_err());
    }

    #[test]
    fn the_limit_counts_bytes_and_the_cut_counts_characters() {
        assert!(check_key("item", &"é".repeat(257)).is_err());
        assert_eq!(shown(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
        assert_eq!(shown(&"é".repeat(40)), "é".repeat(40));
    }
}
