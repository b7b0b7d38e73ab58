//! What an item must be: tests of its attributes, and their places in the columns of a build.

use crate::ids::{Ordinal, Value};
use crate::store::attributes::Attributes;

/// What a value of an attribute must be: any of `values`, or a number within any of `ranges`. The type of the column picks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Test {
    /// Values of categories and tags.
    pub values: Vec<Value>,
    /// Smallest and largest number, both inside.
    pub ranges: Vec<(f32, f32)>,
}

/// A test of one attribute. An item of which the attribute is not known does not pass it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clause {
    /// Name of the column.
    pub attribute: String,
    /// What it must say.
    pub test: Test,
}

/// Clauses over the columns of one build.
pub struct Conditions<'a> {
    attributes: &'a Attributes,
    /// Column, `None` where the build has no such attribute; and its test.
    tests: Vec<(Option<usize>, &'a Test)>,
}

impl<'a> Conditions<'a> {
    /// Finds the columns of the clauses.
    pub fn new(attributes: &'a Attributes, clauses: &'a [Clause]) -> Conditions<'a> {
        let mut tests = Vec::new();
        for clause in clauses {
            tests.push((attributes.column(&clause.attribute), &clause.test));
        }
        Conditions { attributes, tests }
    }

    /// How many of the clauses an item passes.
    fn passed(&self, item: Ordinal) -> usize {
        let mut passed = 0;
        for &(column, test) in &self.tests {
            let Some(column) = column else { continue };
            let mut passes = false;
            for value in self.attributes.values(item, column) {
                passes |= test.values.contains(value);
            }
            if let Some(number) = self.attributes.number(item, column) {
                for &(min, max) in &test.ranges {
                    passes |= min <= number && number <= max;
                }
            }
            passed += usize::from(passes);
        }
        passed
    }

    /// Whether an item passes every clause.
    pub fn all(&self, item: Ordinal) -> bool {
        self.passed(item) == self.tests.len()
    }

    /// Whether an item passes at least one clause.
    pub fn any(&self, item: Ordinal) -> bool {
        self.passed(item) > 0
    }
}
