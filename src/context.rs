//! Coarse attributes of a visitor (age band, gender, locale), which choose a crowd. A small sorted list: a map type would
//! cost the download more than it gives.

/// Attribute names and values, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    sorted: Vec<(String, String)>,
}

impl Context {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.sorted.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Names and values in ascending order of names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.sorted.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Context {
    /// Keeps the first `most` attributes that `keep` is true for.
    pub fn retain(&mut self, keep: &dyn Fn(&str, &str) -> bool, most: usize) {
        self.sorted.retain(|(name, value)| keep(name, value));
        self.sorted.truncate(most);
    }

    /// Sets the value of an attribute.
    pub fn set(&mut self, name: &str, value: &str) {
        let place = self.sorted.partition_point(|(known, _)| known.as_str() < name);
        match self.sorted.get_mut(place) {
            Some((known, old)) if known == name => *old = String::from(value),
            _ => self.sorted.insert(place, (String::from(name), String::from(value))),
        }
    }
}

impl FromIterator<(String, String)> for Context {
    /// A name that comes again replaces the value before.
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Context {
        let mut context = Context::default();
        pairs.into_iter().for_each(|(name, value)| context.set(&name, &value));
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sorted() {
        let pairs = [("b", "1"), ("a", "2"), ("b", "3")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let context: Context = pairs.into_iter().collect();
        assert_eq!(context.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!(context.get("b"), Some("3"));
        assert_eq!(context.get("c"), None);
    }
}
