//! Lists in fewer bytes of download. `collect` and `extend` of the standard library look for exact lengths, trusted lengths and
//! lists to reuse, some 300 bytes of code for every kind of iterator; these push, one by one. For code that runs a few times a
//! call, not once an item of the catalogue.

/// Makes a list of an iterator.
pub trait Listed: Iterator + Sized {
    /// All that is left, in order.
    #[inline(always)]
    fn listed(self) -> Vec<Self::Item> {
        let mut list = Vec::new();
        self.append_to(&mut list);
        list
    }

    /// Puts all that is left at the end of a list.
    #[inline(always)]
    fn append_to(self, list: &mut Vec<Self::Item>) {
        for item in self {
            list.push(item);
        }
    }
}

impl<I: Iterator> Listed for I {}
