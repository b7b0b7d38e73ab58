//! Cold open: a `vec` shard from bytes in memory to a recaller that can look up keys and scan vectors. Structure, every
//! checksum, every key.

mod common;

use common::catalogue::key;
use common::{Catalogue, Stopwatch};
use edge_recall::format::codes::Code;
use edge_recall::format::{Shard, ShardKind};
use edge_recall::ids::Ordinal;
use edge_recall::{AlignedBytes, Recaller};

fn main() {
    let mut watch = Stopwatch::start("open");
    for items in watch.sizes() {
        for code in [Code::Int8, Code::F16] {
            let catalogue = Catalogue::generate(items, code);
            measure(&mut watch, &catalogue, code);
        }
    }
    watch.finish();
}

fn measure(watch: &mut Stopwatch, catalogue: &Catalogue, code: Code) {
    let items = catalogue.items;
    for (kind, last) in [(ShardKind::Vec, "keys and vectors"), (ShardKind::I2i, "rows, T = 50 and 20")] {
        let (name, bytes) = catalogue.file(kind);
        // The tables do not depend on the code.
        if kind == ShardKind::I2i && code != Code::Int8 {
            continue;
        }
        let title = |step: &str| format!("{step} {} ({}), {last}", kind.name(), code.name());
        let input = || AlignedBytes::copy_of(bytes);
        let shard = watch.measure_on(&title("open"), items, bytes.len(), input, Shard::open);
        assert_eq!(shard.expect("a sound shard").header().kind, kind);
        let prepared = catalogue.recaller(&[]);
        let attach = |(mut recaller, bytes): (Recaller, AlignedBytes)| {
            recaller.attach(name, bytes).expect("a sound shard");
            recaller
        };
        let input = || (prepared.clone(), AlignedBytes::copy_of(bytes));
        let recaller = watch.measure_on(&title("attach"), items, bytes.len(), input, attach);
        check(&recaller, kind, items);
    }
}

/// What was attached answers for its last item.
fn check(recaller: &Recaller, kind: ShardKind, items: u32) {
    let last = Ordinal(items - 1);
    if kind == ShardKind::Vec {
        assert_eq!(recaller.key(last), Some(key(items - 1)));
        assert_eq!(recaller.find(&key(items - 1)), Some(last));
        assert!(recaller.embeddings().vector(last).is_some());
    } else {
        let mut targets = 0;
        recaller.tables()[0].for_each(last, &mut |_, weight| targets += u32::from(weight > 0.0));
        assert_eq!(targets, 50);
    }
}
