//! A host's side of one visit: rounds of files within a budget, some of which cannot be had.

use edge_recall::ids::ShardName;
use edge_recall::recaller::{Budget, Plan};
use edge_recall::{Error, Recaller, Request};

use crate::fixture::Build;

/// What a visit may cost where a test has nothing else in mind: more than the board needs, and not everything.
pub const AMPLE: Budget = Budget { bytes: 50_000, files: 30 };

/// Which file of its kind: `vec 3`.
pub fn label(build: &Build, name: ShardName) -> String {
    let kind = build.files.iter().find(|file| file.0 == name).expect("a file of the build").1;
    let place = build.names(kind).iter().position(|other| *other == name).expect("a file of its kind");
    format!("{} {place}", kind.name())
}

/// The files of a plan in its order, and `last` where it says so.
pub fn labels(build: &Build, plan: &Plan) -> String {
    let mut words: Vec<String> = plan.files.iter().map(|file| label(build, file.name)).collect();
    words.extend(plan.last.then(|| "last".to_owned()));
    words.join(", ")
}

/// Runs the rounds of one request: attaches what is planned, except `without`, until nothing more is planned or can be had.
/// Files that come use up the budget. `see` is shown every plan with the request it answers.
pub fn visit(
    build: &Build,
    recaller: &mut Recaller,
    request: &Request,
    without: &[ShardName],
    see: &mut dyn FnMut(&Plan, &Request),
) {
    let mut request = request.clone();
    for _ in 0..8 {
        let plan = recaller.plan(&request);
        see(&plan, &request);
        let files: Vec<_> = plan.files.iter().filter(|file| !without.contains(&file.name)).collect();
        for file in &files {
            assert_eq!(build.bytes(file.name).len(), file.bytes as usize, "the size is told right");
            match recaller.attach(file.name, build.bytes(file.name)) {
                // What names it is on its way, or lost.
                Err(Error::UnknownShard { .. }) => panic!("{} cannot be attached yet", label(build, file.name)),
                attached => attached.expect("a sound file"),
            }
            if request.budget != Budget::UNLIMITED {
                request.budget.bytes = request.budget.bytes.saturating_sub(file.bytes);
                request.budget.files = request.budget.files.saturating_sub(1);
            }
        }
        if files.is_empty() || plan.last {
            return;
        }
    }
    panic!("a visit of more than eight rounds");
}

/// The plans of a visit over nothing attached, as text.
pub fn rounds(build: &Build, request: &Request) -> Vec<String> {
    let mut seen = Vec::new();
    visit(build, &mut build.closed(), request, &[], &mut |plan, _| seen.push(labels(build, plan)));
    seen
}
