//! Takes out of the wasm's data what only the message of a panic read: for each panic file, line and column, the names of the
//! files, and the standard library's sentences. Once panics are bare traps (`silence`) nothing reads them, but neither compiler
//! nor `wasm-opt` knows data that is never read. Zeros take no room. Owns finding them and proving that they are gone.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walrus::ir::{Load, Value, Visitor, dfs_in_order};
use walrus::{ConstExpr, Data, DataKind, Module};

/// Bytes of a `core::panic::Location` on this target: address and length of the file's name, line, column.
const RECORD: usize = 16;
/// How a name of a file ends.
const ENDING: &[u8] = b".rs";
/// Longest name, and no line or column lies further on.
const LIMITS: (u32, u32, u32) = (300, 100_000, 1_000);

/// What the standard library says in a panic, and wasm-bindgen in place of one, and the digits that its numbers are written with; codes stand between the words.
/// A sentence that is not there does no harm.
const SENTENCES: [&[u8]; 15] = [
    b"\x16slice index starts at \xC0\r but ends at \xC0",
    b" index out of bounds: the len is \xC0\x12 but the index is \xC0",
    b"\x12range start index \xC0\" out of range for slice of length \xC0",
    b"\x10range end index \xC0\" out of range for slice of length \xC0",
    b"\x12removal index (is \xC0\x16) should be < len (is \xC0\x01)",
    b"attempt to calculate the remainder with a divisor of zero",
    b"&copy_from_slice: source slice length (\xC0+) does not match destination slice length (\xC0\x01)",
    b"\x14insertion index (is \xC0\x17) should be <= len (is \xC0\x01)",
    b"attempt to divide by zero",
    b"Tried to shrink to a larger capacity",
    b"capacity overflow",
    b"reentrant init",
    b"mid > len",
    b"attempted to take ownership of Rust value while it was borrowed",
    b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
      5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899",
];

/// Zeroes every location, name of a file and sentence that no data refers to; returns the addresses of what is gone.
pub fn erase(module: &mut Module) -> Result<Vec<Range<u32>>> {
    let (records, mut names): (Vec<_>, Vec<_>) = records(module).into_iter().unzip();
    if records.is_empty() {
        bail!(
            "the wasm holds no location of a panic, so they cannot be taken out\n\
             remedy: compare the layout in xtask/src/wasm/unread.rs with `core::panic::Location` of this compiler"
        );
    }
    names.sort_by_key(|name| (name.start, name.end));
    names.dedup();
    let mut gone = zero_unreferred(module, records);
    names.extend(SENTENCES.iter().flat_map(|sentence| find(module, sentence)));
    gone.extend(zero_unreferred(module, names));
    Ok(gone)
}

fn zero_unreferred(module: &mut Module, mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    ranges.retain(|range| pointers(module).all(|(_, to)| !range.contains(&to)));
    ranges.iter().for_each(|range| zero(module, range));
    ranges
}

/// Fails if the optimised wasm still mentions an address of what is gone.
pub fn check(wasm: &Path, gone: &[Range<u32>]) -> Result<()> {
    let optimised = Module::from_file(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    check_module(&optimised, gone)
}

fn check_module(module: &Module, gone: &[Range<u32>]) -> Result<()> {
    let read = |address: &u32| gone.iter().any(|range| range.contains(address));
    if let Some(address) = mentions(module).into_iter().find(read) {
        bail!(
            "the wasm mentions address {address}, where a location or a sentence of a panic was\n\
             remedy: nothing may read `Location::caller()`; if nothing does, see what xtask/src/wasm/silence.rs misses"
        );
    }
    Ok(())
}

/// The locations, each with the name that it points to.
fn records(module: &Module) -> Vec<(Range<u32>, Range<u32>)> {
    let mut records = Vec::new();
    let mut free = 0;
    for (at, start) in pointers(module) {
        let Some(fields) = bytes(module, &(at..at.saturating_add(RECORD as u32))) else { continue };
        let field = |place: usize| fields[place..].first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        let (length, line, column) = (field(4), field(8), field(12));
        let likely = length < LIMITS.0 && (1..LIMITS.1).contains(&line) && (1..LIMITS.2).contains(&column);
        let name = start..start.saturating_add(length);
        let named = bytes(module, &name);
        if at >= free && likely && named.is_some_and(|name| name.ends_with(ENDING) && name.is_ascii()) {
            free = at + RECORD as u32;
            records.push((at..free, name));
        }
    }
    records
}

/// Every aligned word of the data, as where it stands and what it may point to.
fn pointers(module: &Module) -> impl Iterator<Item = (u32, u32)> + '_ {
    module.data.iter().filter_map(|data| Some((base(data)?, data))).flat_map(|(base, data)| {
        let skipped = base.next_multiple_of(4) - base;
        let words = data.value.get(skipped as usize..).unwrap_or_default().chunks_exact(4);
        let words = words.filter_map(|word| word.first_chunk().map(|word| u32::from_le_bytes(*word)));
        (base + skipped..).step_by(4).zip(words)
    })
}

/// Every number in the code that may be an address: constants, and offsets of loads.
fn mentions(module: &Module) -> Vec<u32> {
    #[derive(Default)]
    struct Numbers(Vec<u32>);
    impl Visitor<'_> for Numbers {
        fn visit_value(&mut self, value: &Value) {
            self.0.extend(if let Value::I32(number) = value { Some(*number as u32) } else { None });
        }

        fn visit_load(&mut self, load: &Load) {
            self.0.push(load.arg.offset as u32);
        }
    }
    let mut numbers = Numbers::default();
    module.funcs.iter_local().for_each(|(_, function)| dfs_in_order(&mut numbers, function, function.entry_block()));
    numbers.0
}

/// Where active data begins.
fn base(data: &Data) -> Option<u32> {
    match data.kind {
        DataKind::Active { offset: ConstExpr::Value(Value::I32(base)), .. } => Some(base as u32),
        _ => None,
    }
}

/// Where a range of addresses lies in a piece of data.
fn inside(data: &Data, range: &Range<u32>) -> Option<Range<usize>> {
    let base = base(data)?;
    let inside = range.start.checked_sub(base)? as usize..range.end.checked_sub(base)? as usize;
    (inside.end <= data.value.len()).then_some(inside)
}

fn bytes<'a>(module: &'a Module, range: &Range<u32>) -> Option<&'a [u8]> {
    module.data.iter().find_map(|data| data.value.get(inside(data, range)?))
}

/// Everywhere that a text stands.
fn find(module: &Module, text: &[u8]) -> Vec<Range<u32>> {
    let mut found = Vec::new();
    for data in module.data.iter() {
        let Some(base) = base(data) else { continue };
        for (place, window) in (base..).zip(data.value.windows(text.len())) {
            if window == text {
                found.push(place..place + text.len() as u32);
            }
        }
    }
    found
}

fn zero(module: &mut Module, range: &Range<u32>) {
    let found = module.data.iter().find_map(|data| Some((data.id(), inside(data, range)?)));
    if let Some((id, inside)) = found {
        module.data.get_mut(id).value[inside].fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::{FunctionBuilder, ValType};

    const BASE: u32 = 1024;
    const NAME: &[u8] = b"src/lib.rs";

    /// Data of a name, `more` words, and a location that points to the name.
    fn module(more: [u32; 2]) -> Module {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        let mut value = NAME.to_vec();
        value.resize(12, b'.');
        for word in more.into_iter().chain([BASE, NAME.len() as u32, 7, 9]) {
            value.extend_from_slice(&word.to_le_bytes());
        }
        let offset = ConstExpr::Value(Value::I32(BASE as i32));
        value.extend_from_slice(b"reentrant initial");
        module.data.add(DataKind::Active { memory, offset }, value);
        module
    }

    #[test]
    fn a_location_goes_with_the_name_of_its_file_and_sentences_go() {
        let mut module = module([5, 6]);
        let gone = erase(&mut module).unwrap();
        assert_eq!(gone, [1044..1060, 1024..1034, 1060..1074]);
        let left = &module.data.iter().next().unwrap().value;
        assert_eq!(left[..20], *b"\0\0\0\0\0\0\0\0\0\0..\x05\0\0\0\x06\0\0\0");
        assert!(left[20..50].iter().all(|&byte| byte == 0));
        assert_eq!(left[50..], *b"ial");
    }

    #[test]
    fn what_other_data_refers_to_stays() {
        let sentence = 1060..1074;
        assert_eq!(erase(&mut module([5, BASE])).unwrap(), [1044..1060, sentence.clone()], "the name stays");
        assert_eq!(erase(&mut module([1048, 6])).unwrap(), [sentence], "the location stays, and so its name");
    }

    #[test]
    fn an_unknown_layout_and_a_reader_stop_the_build() {
        assert!(erase(&mut Module::default()).is_err());
        let mut module = module([5, 6]);
        let gone = vec![1044..1060, 1024..1034];
        assert!(check_module(&module, &gone).is_ok());
        let mut body = FunctionBuilder::new(&mut module.types, &[], &[ValType::I32]);
        body.func_body().i32_const(1048);
        body.finish(vec![], &mut module.funcs);
        assert!(check_module(&module, &gone).unwrap_err().to_string().contains("address 1048"));
    }
}
