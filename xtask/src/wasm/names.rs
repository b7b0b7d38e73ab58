//! Short names for what glue and wasm call each other by. wasm-bindgen ends the name of an import in 16 hex digits, which
//! no compression makes smaller, and exports what only other kinds of host use.

use std::collections::BTreeMap;

use walrus::Module;

/// What stays as it is: hosts may look at it.
const KEPT: [&str; 1] = ["memory"];

/// Renames the imports and exports of the module, drops the exports that the glue never mentions, and returns the glue
/// that goes with it. Names are handed out in the order of the long ones, so that both flavours get the same glue.
pub fn shorten(module: &mut Module, glue: &str) -> String {
    let unused = module.exports.iter().filter(|export| !words(glue).any(|word| word == export.name));
    let unused: Vec<_> = unused.map(|export| export.id()).collect();
    unused.into_iter().for_each(|id| module.exports.delete(id));

    let imports = module.imports.iter().flat_map(|import| [&import.name, &import.module]);
    let long = imports.chain(module.exports.iter().map(|export| &export.name));
    let long = long.filter(|name| !KEPT.contains(&name.as_str()));
    let mut names: BTreeMap<String, String> = long.map(|name| (name.clone(), String::new())).collect();
    names.values_mut().enumerate().for_each(|(place, name)| *name = letters(place));

    let short = |name: &String| names.get(name).unwrap_or(name).clone();
    for import in module.imports.iter_mut() {
        (import.name, import.module) = (short(&import.name), short(&import.module));
    }
    for export in module.exports.iter_mut() {
        export.name = short(&export.name);
    }
    rename(glue, &names)
}

/// The glue with its words renamed. A long name stands there as a property only, so a short one meets no variable. The
/// name of a module is no word but a text in quotes.
fn rename(glue: &str, names: &BTreeMap<String, String>) -> String {
    let mut renamed = String::with_capacity(glue.len());
    for word in words(glue) {
        renamed.push_str(names.get(word).map_or(word, String::as_str));
    }
    for (long, short) in names.iter().filter(|(long, _)| !long.chars().all(is_letter)) {
        renamed = renamed.replace(&format!("\"{long}\""), &format!("\"{short}\""));
    }
    renamed
}

/// The text cut into words and what lies between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let inside = is_letter(rest.chars().next()?);
        let (word, after) = rest.split_at(rest.find(|c| is_letter(c) != inside).unwrap_or(rest.len()));
        rest = after;
        Some(word)
    })
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// a, b, ... z, ba, bb, ...
fn letters(place: usize) -> String {
    let last = char::from(b'a' + (place % 26) as u8);
    if place < 26 { last.to_string() } else { letters(place / 26) + &last.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::FunctionBuilder;

    #[test]
    fn glue_and_wasm_agree_on_short_names() {
        let mut module = Module::default();
        let kind = module.types.add(&[], &[]);
        module.add_import_func("./core_bg.js", "__wbg_new_0123456789abcdef", kind);
        let (inner, _) = module.add_import_func("./core_bg.js", "__wbg_get", kind);
        let body = FunctionBuilder::new(&mut module.types, &[], &[]);
        let unused = body.finish(vec![], &mut module.funcs);
        module.exports.add("core_finish", inner);
        module.exports.add("__abort_handler", unused);
        let glue =
            "{ __wbg_new_0123456789abcdef: new X, __wbg_get() {} }, \"./core_bg.js\": i; wasm.core_finish(core_fin)";
        let renamed = shorten(&mut module, glue);
        assert_eq!(renamed, "{ c: new X, b() {} }, \"a\": i; wasm.d(core_fin)");
        let exports: Vec<_> = module.exports.iter().map(|export| export.name.as_str()).collect();
        let imports: Vec<_> = module.imports.iter().map(|i| (i.module.as_str(), i.name.as_str())).collect();
        assert_eq!((exports, imports), (vec!["d"], vec![("a", "c"), ("a", "b")]));
    }

    #[test]
    fn there_are_names_enough() {
        let names: std::collections::BTreeSet<_> = (0..2000).map(letters).collect();
        assert_eq!((names.len(), letters(25), letters(26)), (2000, "z".into(), "ba".into()));
    }
}
