//! Users by the length of their history. Owns the bounds of the groups.

/// First lengths of the groups; each ends where the next begins, the last has no end.
const BOUNDS: [usize; 7] = [0, 1, 2, 5, 10, 20, 50];

/// Users with histories of about the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their lengths in words: `0`, `2-4`, `50+`.
    pub events: String,
    /// Places of the users in the order of the evaluation.
    pub users: Vec<usize>,
}

/// The groups that have users, shortest histories first.
pub fn groups(lengths: &[usize]) -> Vec<Group> {
    let ends = BOUNDS[1..].iter().copied().map(Some).chain([None]);
    let group = |(from, end): (usize, Option<usize>)| {
        let within = |length: usize| length >= from && end.is_none_or(|end| length < end);
        let users: Vec<usize> = (0..lengths.len()).filter(|&user| within(lengths[user])).collect();
        let events = match end {
            Some(end) if end == from + 1 => from.to_string(),
            Some(end) => format!("{from}-{}", end - 1),
            None => format!("{from}+"),
        };
        Group { events, users }
    };
    BOUNDS.into_iter().zip(ends).map(group).filter(|group| !group.users.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_is_in_one_group() {
        let groups = groups(&[4, 0, 50, 1, 2, 900, 49, 5]);
        let told: Vec<(&str, &[usize])> =
            groups.iter().map(|group| (group.events.as_str(), group.users.as_slice())).collect();
        let want: [(&str, &[usize]); 6] =
            [("0", &[1]), ("1", &[3]), ("2-4", &[0, 4]), ("5-9", &[7]), ("20-49", &[6]), ("50+", &[2, 5])];
        assert_eq!(told, want);
    }
}
