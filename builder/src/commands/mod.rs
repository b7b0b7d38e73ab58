//! One file a command: its arguments, its work, its answer. Owns what the commands have in common.

mod ask;
pub mod build;
pub mod card;
pub mod evaluate;
pub mod generate;
pub mod index;
pub mod inspect;
pub mod mask;
pub mod pack;
pub mod privacy;
pub mod publish;
pub mod recommend;
pub mod related;
pub mod rules;
pub mod serve;
pub mod similar;
pub mod split;
mod split_answer;

use crate::config::Config;
use crate::input::Reading;
use crate::progress::Progress;
use crate::report::Report;

/// What every command works with.
#[derive(Debug)]
pub struct Context {
    /// The configuration, or its defaults.
    pub config: Config,
    /// Where answers and notices go.
    pub report: Report,
    /// Where the bars are drawn.
    pub progress: Progress,
    /// Stop at the first bad row.
    pub strict: bool,
}

impl Context {
    /// What the readers need of it.
    pub fn reading(&self) -> Reading<'_> {
        Reading { strict: self.strict, report: &self.report, progress: &self.progress }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    /// Every command, registered or not yet.
    #[derive(Debug, Parser)]
    enum Line {
        Build(build::BuildArgs),
        Card(card::CardArgs),
        Evaluate(evaluate::EvaluateArgs),
        Generate(generate::GenerateArgs),
        Index(index::IndexArgs),
        Inspect(inspect::InspectArgs),
        Mask(mask::MaskArgs),
        Pack(pack::PackArgs),
        Publish(publish::PublishArgs),
        Recommend(recommend::RecommendArgs),
        Related(related::RelatedArgs),
        Serve(serve::ServeArgs),
        Similar(similar::SimilarArgs),
        Split(split::SplitArgs),
    }

    fn parse(line: &str) -> Result<Line, String> {
        Line::try_parse_from(line.split(' ')).map_err(|error| error.to_string())
    }

    #[test]
    fn the_contract_can_be_typed() {
        Line::command().debug_assert();
        match parse("er evaluate out --history h.csv --test t.csv --k 5,50 --no-mask").unwrap() {
            Line::Evaluate(args) => assert_eq!((args.k, args.no_mask), (vec![5, 50], true)),
            other => panic!("{other:?}"),
        }
        match parse("er recommend out --history a,b --history c --context age=25-34 -k 3").unwrap() {
            Line::Recommend(args) => {
                assert_eq!((args.history.join(" "), args.k), ("a b c".into(), 3));
                assert_eq!(args.context, [("age".to_owned(), "25-34".to_owned())]);
            }
            other => panic!("{other:?}"),
        }
        match parse("er similar out sku-1").unwrap() {
            Line::Similar(args) => assert_eq!((args.id.as_str(), args.k), ("sku-1", 10)),
            other => panic!("{other:?}"),
        }
        match parse("er card out sku-1").unwrap() {
            Line::Card(args) => assert_eq!((args.ids, args.all), (vec!["sku-1".to_owned()], false)),
            other => panic!("{other:?}"),
        }
        assert!(parse("er card out").is_err() && parse("er card out sku-1 --all").is_err());
        match parse("er mask out --ids a,b").unwrap() {
            Line::Mask(args) => assert_eq!((args.ids.join(" "), args.clear), ("a b".into(), false)),
            other => panic!("{other:?}"),
        }
        assert!(parse("er mask out").is_err() && parse("er mask out --clear --ids a").is_err());
        match parse("er build --log l.csv --out d --budget 4MB").unwrap() {
            Line::Build(args) => assert_eq!(args.budget, Some(4_000_000)),
            other => panic!("{other:?}"),
        }
        match parse("er generate --out d --items 9 --until 3").unwrap() {
            Line::Generate(args) => assert_eq!((args.items, args.until, args.days), (9, Some(3), 30)),
            other => panic!("{other:?}"),
        }
        match parse("er related out --ids a,b -k 3 --lines").unwrap() {
            Line::Related(args) => assert_eq!((args.ids.join(" "), args.k, args.lines), ("a b".into(), 3, true)),
            other => panic!("{other:?}"),
        }
        assert!(parse("er related out --ids a --all").unwrap_err().contains("cannot be used with"));
        match parse("er publish out --plan --published builds.json").unwrap() {
            Line::Publish(args) => assert!(args.plan && args.published.is_some()),
            other => panic!("{other:?}"),
        }
        match parse("er serve out --port 0 --latency 150ms --no-gzip").unwrap() {
            Line::Serve(args) => assert_eq!((args.port, args.latency.as_millis(), args.no_gzip), (0, 150, true)),
            other => panic!("{other:?}"),
        }
        match parse("er pack --item-vectors v.npy --keys k.txt --fold-in 2,0.5 --i2i a.csv --i2i b.csv --out d")
            .unwrap()
        {
            Line::Pack(args) => assert_eq!((args.i2i.len(), args.fold_in), (2, Some((2.0, 0.5)))),
            other => panic!("{other:?}"),
        }
        assert!(parse("er pack --out d").is_err() && parse("er pack --crowds c.csv --keys k --out d").is_err());
        assert!(parse("er inspect out").is_ok());
        assert!(parse("er recommend out -k 0").unwrap_err().contains("1..=1000"));
        assert!(parse("er recommend out --context age").unwrap_err().contains("NAME=VALUE"));
        assert!(parse("er split --log l --by user --out d").unwrap_err().contains("time, last, random"));
    }
}
