//! Ranked lists by key: of crowds, from a visitor's coarse attributes to the finest list that exists, backing off to everyone; of
//! values of attributes, of cohorts, and of what is new.

use crate::context::Context;
use crate::format::crowds::{Crowd, OF_VALUE, crowd_key};
use crate::ids::{Value, hash};

/// The crowd lists of a build and the chain of keys that finds them.
#[derive(Clone, Default)]
pub struct CrowdStore {
    chain: Vec<Vec<String>>,
    /// Ascending by key.
    crowds: Vec<Crowd>,
}

impl CrowdStore {
    /// A store over lists in ascending order of their keys.
    pub fn new(chain: Vec<Vec<String>>, crowds: Vec<Crowd>) -> CrowdStore {
        CrowdStore { chain, crowds }
    }

    /// Adds more lists; a key that is known already keeps its list.
    pub fn add(&mut self, chain: &[Vec<String>], crowds: Vec<Crowd>) {
        self.chain = chain.to_vec();
        for crowd in crowds {
            if let Err(place) = self.crowds.binary_search_by(|known| known.key.cmp(&crowd.key)) {
                self.crowds.insert(place, crowd);
            }
        }
    }

    /// All lists, ascending by key.
    pub fn crowds(&self) -> &[Crowd] {
        &self.crowds
    }

    /// The list of the first key in the chain whose attributes are all known and whose crowd was large enough to publish;
    /// else the list of everyone.
    pub fn find(&self, context: &Context) -> Option<&Crowd> {
        self.chain.iter().find_map(|names| self.of_key(names, context)).or_else(|| self.with_key(""))
    }

    fn of_key(&self, names: &[String], context: &Context) -> Option<&Crowd> {
        let values: Option<Vec<(&str, &str)>> =
            names.iter().map(|name| context.get(name).map(|value| (name.as_str(), value))).collect();
        self.with_key(&crowd_key(values?))
    }

    /// The lists of attribute values.
    pub fn of_values(&self) -> Vec<(Value, &Crowd)> {
        let mut lists = Vec::new();
        for crowd in &self.crowds {
            if let Some(value) = crowd.key.strip_prefix(OF_VALUE) {
                lists.push((Value(hash(&[value])), crowd));
            }
        }
        lists
    }

    /// The list of a key.
    pub fn with_key(&self, key: &str) -> Option<&Crowd> {
        let place = self.crowds.binary_search_by(|crowd| crowd.key.as_str().cmp(key)).ok()?;
        self.crowds.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_off_to_what_exists() {
        let crowd = |key: &str| Crowd { key: key.into(), users: 9, items: Vec::new() };
        let names = |names: &[&str]| names.iter().map(|&n| n.into()).collect::<Vec<String>>();
        let chain = vec![names(&["age", "sex"]), names(&["sex"]), names(&["age"]), names(&[])];
        let store = CrowdStore::new(chain, vec![crowd(""), crowd("age=18&sex=F"), crowd("age=25"), crowd("sex=F")]);
        let find = |context: &[(&str, &str)]| {
            let context = context.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
            store.find(&context).map(|c| c.key.clone()).unwrap()
        };
        assert_eq!(find(&[("age", "18"), ("sex", "F")]), "age=18&sex=F");
        assert_eq!(find(&[("age", "25"), ("sex", "F")]), "sex=F");
        assert_eq!(find(&[("age", "25"), ("sex", "M")]), "age=25");
        assert_eq!(find(&[("age", "99")]), "");
        assert_eq!(find(&[]), "");
        assert!(CrowdStore::default().find(&Context::default()).is_none());
    }
}
