//! The places of tables in a page: between `<!-- NAME -->` and `<!-- end of NAME -->`, each on a line of its own. All else
//! stays as it is.

use anyhow::{Context, Result};

/// The page with `tables` between the markers of `name`, instead of what was there.
pub fn replaced(page: &str, name: &str, tables: &str) -> Result<String> {
    let markers = [format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n")];
    let around = |marker: &String| page.split_once(marker).with_context(|| format!("no line `{}`", marker.trim_end()));
    let ((before, _), (_, after)) = (around(&markers[0])?, around(&markers[1])?);
    let [first, last] = markers;
    Ok(format!("{before}{first}\n{}\n\n{last}{after}", tables.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_markers_changes() {
        let page = "# A\n<!-- x -->\nold\n<!-- end of x -->\nwords\n<!-- y -->\n<!-- end of y -->\n";
        let once = replaced(page, "x", "new\n").unwrap();
        assert_eq!(once, "# A\n<!-- x -->\n\nnew\n\n<!-- end of x -->\nwords\n<!-- y -->\n<!-- end of y -->\n");
        assert_eq!(replaced(&once, "x", "new").unwrap(), once);
        let both = replaced(&once, "y", "z").unwrap();
        assert!(both.ends_with("words\n<!-- y -->\n\nz\n\n<!-- end of y -->\n"), "{both}");
        assert_eq!(replaced(page, "z", "").unwrap_err().to_string(), "no line `<!-- z -->`");
    }
}
