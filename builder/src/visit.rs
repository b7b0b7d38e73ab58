//! One visit as a device makes it: plan, fetch, attach, until nothing more is wanted. Owns the loop and its cost; where the
//! bytes come from is the caller's business.

use anyhow::Result;
use edge_recall::format::Shard;
use edge_recall::ids::ShardName;
use edge_recall::recaller::{Budget, FileWanted, Plan};
use edge_recall::{Recaller, Request};

/// What a visit read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cost {
    /// Bytes of the files.
    pub bytes: u64,
    /// The files, in the order they were asked for.
    pub files: Vec<FileWanted>,
    /// Waves of requests, each waiting for the one before.
    pub rounds: u32,
}

/// Attaches to `recaller` what `request` wants, within its budget. `read` brings a file; `None` = it cannot be had.
pub fn visit(
    recaller: &mut Recaller,
    request: &Request,
    read: &mut dyn FnMut(&FileWanted) -> Result<Option<Shard>>,
) -> Result<Cost> {
    let mut cost = Cost::default();
    let mut request = request.clone();
    loop {
        let Plan { files, last } = recaller.plan(&request);
        let files: Vec<FileWanted> = files.into_iter().filter(|file| !tried(&cost, file.name)).collect();
        if files.is_empty() {
            return Ok(cost);
        }
        cost.rounds += 1;
        for file in files {
            if let Some(shard) = read(&file)? {
                recaller.attach_shard(file.name, &shard)?;
            }
            cost.bytes += u64::from(file.bytes);
            if request.budget != Budget::UNLIMITED {
                request.budget.bytes = request.budget.bytes.saturating_sub(file.bytes);
                request.budget.files = request.budget.files.saturating_sub(1);
            }
            cost.files.push(file);
        }
        if last {
            return Ok(cost);
        }
    }
}

fn tried(cost: &Cost, name: ShardName) -> bool {
    cost.files.iter().any(|file| file.name == name)
}
