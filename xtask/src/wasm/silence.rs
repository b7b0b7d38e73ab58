//! Makes every way to panic the bare trap that it ends in. On this target nobody hears a panic: there is no standard
//! error and no unwinding, so the message is built, thrown away, and `unreachable` traps. Host code sees the same
//! `WebAssembly.RuntimeError` as before. No check is removed: what led to a panic leads to the trap, and `wasm-opt`
//! drops the arguments and the code that only a message needed.
//!
//! With the messages goes the machinery of `core::fmt`, which errors do not use (`src/error.rs` joins texts itself). What the
//! panics' texts leave of it in the table of functions nobody can call: a formatter comes from `core::fmt` alone.

use std::collections::HashSet;

use anyhow::{Result, bail};
use walrus::ir::{Visitor, dfs_in_order};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module};

/// The functions of the standard library that never return, and those that only these call through a table of methods
/// (payloads of a panic, the texts of a failed borrow), by the beginnings of their names; and what wasm-bindgen throws at a host
/// that calls into a core that it gave back, or from within a call: the facade does neither.
const DIVERGING: [&str; 22] = [
    "<core::cell::Borrow",
    "<std::panicking::",
    "__rustc::__rust_alloc_error_handler",
    "__rustc::__rust_start_panic",
    "__rustc::rust_begin_unwind",
    "__rustc::rust_panic",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
    "core::cell::panic_",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::panicking::",
    "core::result::unwrap_failed",
    "core::slice::index::slice_index_fail",
    "core::str::slice_error_fail",
    "std::alloc::rust_oom",
    "std::panicking::",
    "std::sys::backtrace::__rust_end_short_backtrace",
    "wasm_bindgen::__rt::borrow_fail",
    "wasm_bindgen::__rt::throw_null",
    "wasm_bindgen::throw_str",
];

/// The one that every panic passes; without it the names of this compiler are not the ones above.
const GATE: &str = "core::panicking::panic_fmt";

/// What wasm-bindgen and js-sys leave in the table of functions though nothing calls it, and the word that the glue would hold
/// if something did: JavaScript calls a closure through an object that the glue makes, and a task through an export.
const UNCALLED: [(&str, &str); 2] =
    [("wasm_bindgen::convert::closures::_::invoke", "losure"), ("js_sys::futures::", "jspi")];

/// Replaces the bodies of the panicking functions; the module must still have its name section.
pub fn panics(module: &mut Module, glue: &str) -> Result<()> {
    let (formatting, others): (Vec<_>, Vec<_>) = named(module).into_iter().partition(|(_, name)| formats(name));
    let diverging: Vec<_> = others.into_iter().filter(|(_, name)| diverges(name) || uncalled(name, glue)).collect();
    if !diverging.iter().any(|(_, name)| name == GATE) {
        bail!(
            "the wasm names no function `{GATE}`, so its panics cannot be silenced\n\
             remedy: compare the list in xtask/src/wasm/silence.rs with the names that this compiler gives"
        );
    }
    diverging.into_iter().chain(formatting.iter().cloned()).for_each(|(id, _)| trap(module, id));
    unspoken(module, &formatting.into_iter().map(|(id, _)| id).collect())
}

/// The functions that have a body, with their plain names.
fn named(module: &Module) -> Vec<(FunctionId, String)> {
    let local = module.funcs.iter_local();
    local.filter_map(|(id, _)| Some((id, plain(module.funcs.get(id).name.as_deref()?)))).collect()
}

/// Fails if a function that the module can still enter names one of these: it would trap where it used to write a text.
fn unspoken(module: &Module, formatting: &HashSet<FunctionId>) -> Result<()> {
    struct Named<'a>(&'a HashSet<FunctionId>, bool);
    impl Visitor<'_> for Named<'_> {
        fn visit_function_id(&mut self, id: &FunctionId) {
            self.1 |= self.0.contains(id);
        }
    }
    for (id, function) in module.funcs.iter_local() {
        let mut named = Named(formatting, false);
        dfs_in_order(&mut named, function, function.entry_block());
        if named.1 {
            let name = module.funcs.get(id).name.as_deref().unwrap_or("a function without a name");
            bail!(
                "`{name}` uses core::fmt, which the wasm does without\n\
                 remedy: join texts with `text`, `push` and `digits` of src/error.rs, and derive no text at run time"
            );
        }
    }
    Ok(())
}

/// Whether a function belongs to `core::fmt`: its own, or a type's implementation of one of its traits.
fn formats(name: &str) -> bool {
    name.starts_with("core::fmt::") || name.starts_with("<core::fmt::") || name.contains(" as core::fmt::")
}

fn diverges(name: &str) -> bool {
    // Methods of `Vec` diverge in local functions of this name.
    DIVERGING.iter().any(|known| name.starts_with(known)) || name.ends_with("::assert_failed")
}

fn uncalled(name: &str, glue: &str) -> bool {
    UNCALLED.iter().any(|(known, sign)| name.starts_with(known) && !glue.contains(sign))
}

fn trap(module: &mut Module, id: FunctionId) {
    let (params, results) = module.types.params_results(module.funcs.get(id).ty());
    let (params, results) = (params.to_vec(), results.to_vec());
    let arguments = params.iter().map(|kind| module.locals.add(*kind)).collect();
    let mut body = FunctionBuilder::new(&mut module.types, &params, &results);
    body.func_body().unreachable();
    module.funcs.get_mut(id).kind = FunctionKind::Local(body.local_func(arguments));
}

/// A demangled name without the hashes of its crates, `core[0123456789abcdef]::panicking` as `core::panicking`.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for (place, part) in name.split('[').enumerate() {
        match part.split_once(']') {
            Some((hash, rest)) if place > 0 && hash.len() > 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
                plain.push_str(rest);
            }
            _ => {
                plain.push_str(if place > 0 { "[" } else { "" });
                plain.push_str(part);
            }
        }
    }
    let hashed = plain.rfind("::h").filter(|&at| plain.len() - at == 19);
    plain.truncate(hashed.unwrap_or(plain.len()));
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_hashes_and_nothing_else() {
        assert_eq!(plain("core[c5930c85a12de822]::panicking::panic_fmt"), "core::panicking::panic_fmt");
        assert_eq!(plain("core::panicking::panic_fmt::h0123456789abcdef"), "core::panicking::panic_fmt");
        assert_eq!(plain("<[u8; 3] as core::fmt::Debug>::fmt"), "<[u8; 3] as core::fmt::Debug>::fmt");
    }

    #[test]
    fn a_panic_becomes_a_trap_and_other_code_stays() {
        let mut module = Module::default();
        for name in [GATE, "edge_recall::finish", "js_sys::futures::queue::run"] {
            let mut body = FunctionBuilder::new(&mut module.types, &[], &[]);
            body.name(name.into()).func_body().i32_const(1).drop();
            body.finish(vec![], &mut module.funcs);
        }
        panics(&mut module, "a jspi task").unwrap();
        let length = |module: &Module, name: &str| {
            let id = module.funcs.by_name(name);
            id.map(|id| module.funcs.get(id).kind.unwrap_local().size())
        };
        assert_eq!((length(&module, GATE), length(&module, "edge_recall::finish")), (Some(1), Some(2)));
        assert_eq!(length(&module, "js_sys::futures::queue::run"), Some(2));
        panics(&mut module, "neither").unwrap();
        assert_eq!(length(&module, "js_sys::futures::queue::run"), Some(1));
        assert!(panics(&mut Module::default(), "").is_err());
    }

    #[test]
    fn texts_go_unless_somebody_writes_one() {
        let mut module = Module::default();
        let mut add = |name: &str, calls: Option<FunctionId>| {
            let mut body = FunctionBuilder::new(&mut module.types, &[], &[]);
            body.name(name.into());
            match calls {
                Some(callee) => body.func_body().call(callee),
                None => body.func_body().i32_const(1).drop(),
            };
            body.finish(vec![], &mut module.funcs)
        };
        let write = add("core::fmt::write", None);
        let text = add("<alloc::string::String as core::fmt::Write>::write_fmt", Some(write));
        add(GATE, Some(text));
        panics(&mut module, "").unwrap();
        for id in [write, text] {
            assert_eq!(module.funcs.get(id).kind.unwrap_local().size(), 1);
        }
        let mut body = FunctionBuilder::new(&mut module.types, &[], &[]);
        body.name("edge_recall::boast".into()).func_body().call(write);
        body.finish(vec![], &mut module.funcs);
        let problem = panics(&mut module, "").unwrap_err().to_string();
        assert!(problem.contains("`edge_recall::boast` uses core::fmt"), "{problem}");
    }
}
