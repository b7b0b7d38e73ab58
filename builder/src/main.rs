//! The command `edge-recall`: arguments in, exit code out. Owns no logic; see the library beside it.

fn main() {}
