//! What was measured, as a table for people and JSON for machines.

use serde_json::{Value, json};

use super::goals::{Goal, Pair, Set};

/// One build of one set.
pub struct Row {
    /// The set.
    pub set: Set,
    /// Its budget and goals.
    pub goal: Goal,
    /// Bytes of `recall.json` and the shards.
    pub bytes: u64,
    /// What the native runtime finds.
    pub found: Pair,
    /// What it finds where the same recipe is not quantised.
    pub reference: Pair,
    /// What is found for a sample of users, in the wasm and natively.
    pub sample: Option<Sample>,
    /// Wall clock of the build.
    pub seconds: f64,
    /// Most memory that the build held.
    pub peak: Option<u64>,
    /// Channels and their weights, as the builder chose them.
    pub chosen: String,
}

/// A sample of users, replayed by the packaged wasm and by the native runtime.
pub struct Sample {
    /// Users in it.
    pub users: u64,
    /// Users whose history is longer than a device keeps, left out.
    pub left_out: u64,
    /// What the wasm finds.
    pub wasm: Pair,
    /// What the native runtime finds.
    pub native: Pair,
}

/// Bits may cost this much of either figure.
const BITS_MAY_COST: f64 = 0.001;

/// Sums of the same numbers in another order may differ by this.
const ROUNDING: f64 = 1e-9;

impl Sample {
    /// Whether both found the same.
    pub fn is_equal(&self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= ROUNDING;
        let ndcg = self.wasm.ndcg.zip(self.native.ndcg);
        near(self.wasm.recall, self.native.recall) && ndcg.is_some_and(|(a, b)| near(a, b))
    }
}

impl Row {
    /// `Some(false)` where a must is missed.
    pub fn must_is_met(&self) -> Option<bool> {
        self.goal.must.map(|must| must.is_met_by(self.found) && self.fits())
    }

    /// What the build finds more than its reference.
    fn above_reference(&self) -> Pair {
        let ndcg = self.found.ndcg.zip(self.reference.ndcg).map(|(found, reference)| found - reference);
        Pair { recall: self.found.recall - self.reference.recall, ndcg }
    }

    /// Whether the bits cost no more than they may.
    fn keeps_to_reference(&self) -> bool {
        Pair { recall: -BITS_MAY_COST, ndcg: Some(-BITS_MAY_COST) }.is_met_by(self.above_reference())
    }

    fn fits(&self) -> bool {
        self.bytes as f64 <= self.goal.megabytes * 1e6
    }

    fn aim_is_met(&self) -> Option<bool> {
        self.goal.aim.map(|aim| aim.is_met_by(self.found) && self.fits())
    }

    /// The row for machines.
    pub fn json(&self) -> Value {
        let pair = |pair: Pair| json!({ "recall": pair.recall, "ndcg": pair.ndcg });
        let (k, metric) = self.set.metric();
        json!({
            "set": self.set.name(), "k": k, "metric": metric, "megabytes": self.goal.megabytes, "bytes": self.bytes,
            "found": pair(self.found), "reference": pair(self.reference),
            "above_reference": pair(self.above_reference()), "keeps_to_reference": self.keeps_to_reference(),
            "must": self.goal.must.map(pair), "aim": self.goal.aim.map(pair),
            "must_is_met": self.must_is_met(), "aim_is_met": self.aim_is_met(),
            "wasm": self.sample.as_ref().map(|sample| json!({
                "users": sample.users, "left_out": sample.left_out, "found": pair(sample.wasm),
                "native": pair(sample.native), "equal": sample.is_equal(),
            })),
            "seconds": self.seconds, "peak_bytes": self.peak, "chosen": self.chosen,
        })
    }

    fn line(&self) -> String {
        let (k, metric) = self.set.metric();
        let metric = if metric == "recall" { "recall" } else { "HR" };
        let pair = |pair: Option<Pair>| pair.map_or("–".into(), shown);
        let met = |met: Option<bool>| met.map_or("", |met| if met { " ✓" } else { " **missed**" });
        let wasm = self.sample.as_ref().map_or("–".into(), |sample| {
            let verdict = if sample.is_equal() { "equal" } else { "**differs**" };
            format!("{} ({} users, {verdict})", shown(sample.wasm), sample.users)
        });
        let peak = self.peak.map_or("–".into(), |peak| format!("{:.0} MB", peak as f64 / 1e6));
        format!(
            "| {} | {} MB | {} | {metric}@{k}, NDCG@{k} | **{}** | {} ({}){} | {}{} | {}{} | {wasm} | {:.1} s | {peak} | {} |",
            self.set.name(),
            self.goal.megabytes,
            self.bytes,
            shown(self.found),
            shown(self.reference),
            signed(self.above_reference()),
            met(Some(self.keeps_to_reference())),
            pair(self.goal.must),
            met(self.must_is_met()),
            pair(self.goal.aim),
            met(self.aim_is_met()),
            self.seconds,
            self.chosen
        )
    }
}

/// `.1234/.1230`, as papers print them.
fn shown(pair: Pair) -> String {
    both(pair, |value| format!("{value:.4}").trim_start_matches('0').to_owned())
}

/// `+.0010/-.0003`, for differences.
fn signed(pair: Pair) -> String {
    both(pair, |value| format!("{value:+.4}").replacen("0.", ".", 1))
}

fn both(pair: Pair, text: impl Fn(f64) -> String) -> String {
    [Some(pair.recall), pair.ndcg].into_iter().flatten().map(text).collect::<Vec<_>>().join("/")
}

/// The whole table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let head = "| set | budget | bytes | metric | found | reference | must | aim | wasm | build | peak | chosen |\n\
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    rows.iter().fold(String::from(head), |table, row| table + &row.line() + "\n")
}

/// Channels, their weights and the targets of their tables, of the answer of `edge-recall build`.
pub fn chosen(built: &Value) -> String {
    let pairs = |name: &str| built[name].as_array().into_iter().flatten();
    let targets = |channel: &str| pairs("tables").find(|table| table[0] == channel)?[1].as_u64();
    let part = |pair: &Value| {
        let (channel, weight) = (pair[0].as_str()?, pair[1].as_f64()?);
        let targets = targets(channel).map_or(String::new(), |targets| format!(" T {targets}"));
        Some(format!("{channel} {weight:.2}{targets}"))
    };
    pairs("weights").filter_map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(recall: f64, bytes: u64) -> Row {
        Row {
            set: Set::MovieLens8020,
            goal: Set::MovieLens8020.goals()[0],
            bytes,
            found: Pair { recall, ndcg: Some(0.265) },
            reference: Pair { recall: 0.2761, ndcg: Some(0.2645) },
            sample: None,
            seconds: 1.25,
            peak: Some(34_000_000),
            chosen: chosen(&json!({ "weights": [["i2i", 1.0], ["u2i", 0.125]], "tables": [["i2i", 50]] })),
        }
    }

    #[test]
    fn a_row_tells_what_is_met() {
        assert_eq!(
            row(0.2756, 790_000).line(),
            "| ml-1m-8020 | 0.8 MB | 790000 | recall@20, NDCG@20 | **.2756/.2650** | \
             .2761/.2645 (-.0005/+.0005) ✓ | .2700/.2620 ✓ | .2790/.2690 **missed** | – | 1.2 s | 34 MB | \
             i2i 1.00 T 50, u2i 0.12 |"
        );
        assert_eq!(row(0.26, 790_000).must_is_met(), Some(false));
        assert!(!row(0.275, 790_000).keeps_to_reference(), "the bits cost too much");
        assert_eq!(row(0.28, 800_001).must_is_met(), Some(false), "too many bytes meet nothing");
    }

    #[test]
    fn samples_are_equal_up_to_the_order_of_sums() {
        let pair = |recall| Pair { recall, ndcg: Some(0.1) };
        let sample = |wasm| Sample { users: 10, left_out: 0, wasm: pair(wasm), native: pair(0.3) };
        assert!(sample(0.3 + 1e-12).is_equal());
        assert!(!sample(0.3001).is_equal());
    }
}
