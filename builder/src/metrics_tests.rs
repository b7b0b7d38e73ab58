//! Ranking metrics: values computed by hand.

use super::*;

fn assert_close(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-12, "{got} against {want}");
}

#[test]
fn one_list_by_hand() {
    // hits at ranks 2 and 4
    let (ranked, test) = ([7, 1, 8, 3, 9], [1, 3, 5]);
    assert_close(Metric::Recall.of(&ranked, &test, 5), 2.0 / 3.0);
    assert_close(Metric::Recall.of(&ranked, &test, 2), 1.0 / 3.0);
    assert_close(Metric::HitRate.of(&ranked, &test, 1), 0.0);
    assert_close(Metric::HitRate.of(&ranked, &test, 2), 1.0);
    assert_close(Metric::Precision.of(&ranked, &test, 5), 2.0 / 5.0);
    assert_close(Metric::Precision.of(&ranked, &test, 2), 0.5);
    assert_close(Metric::Precision.of(&ranked, &test, 20), 0.1); // a short list does not count for less
    assert_close(Metric::Mrr.of(&ranked, &test, 5), 0.5);
    assert_close(Metric::Mrr.of(&ranked, &test, 1), 0.0);
    let log2 = f64::log2;
    let ideal = 1.0 + 1.0 / log2(3.0) + 1.0 / log2(4.0);
    assert_close(Metric::Ndcg.of(&ranked, &test, 5), (1.0 / log2(3.0) + 1.0 / log2(5.0)) / ideal);
    assert_close(Metric::Ndcg.of(&ranked, &test, 2), (1.0 / log2(3.0)) / (1.0 + 1.0 / log2(3.0)));
}

#[test]
fn a_perfect_list_scores_one_even_when_it_is_short() {
    assert_close(Metric::Ndcg.of(&[4], &[4], 20), 1.0);
    assert_close(Metric::Ndcg.of(&[4, 5], &[4, 5, 6], 2), 1.0);
    assert_close(Metric::Recall.of(&[4, 5], &[4, 5, 6], 2), 2.0 / 3.0);
    assert!(Metric::ALL.iter().all(|metric| metric.of(&[], &[4], 20).to_bits() == 0), "zero, and never minus zero");
}

fn two_users() -> Evaluation {
    let mut evaluation = Evaluation::new(&[1, 2], 4);
    evaluation.add(&[0, 1], &[1, 1]);
    evaluation.add(&[0, 2], &[0]);
    evaluation
}

#[test]
fn means_errors_and_coverage_by_hand() {
    let mut evaluation = two_users();
    evaluation.add(&[3], &[]);
    assert_eq!(evaluation.users(), 2, "nothing to find, nobody to count");
    let estimate = evaluation.estimate(Metric::Recall, 1);
    assert_close(estimate.mean, 0.5);
    assert_close(estimate.error, 0.5); // sd = sqrt(0.5), over sqrt(2)
    assert_close(evaluation.estimate(Metric::Mrr, 2).mean, 0.75);
    assert_close(evaluation.spread(1).coverage(), 0.25);
    assert_close(evaluation.spread(2).coverage(), 0.75);
    assert_close(evaluation.spread(1).gini(), 0.75); // one of four takes all: 1 - 1/n
    assert_close(evaluation.spread(2).gini(), (2.0 * (2.0 + 3.0 + 4.0 * 2.0)) / 16.0 - 5.0 / 4.0);
    let names: Vec<String> = evaluation.report().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[..6], ["recall@1", "ndcg@1", "hit_rate@1", "mrr@1", "precision@1", "recall@2"]);
    assert_eq!(names[10..], ["coverage@1", "gini@1", "coverage@2", "gini@2"]);
}

#[test]
fn an_interval_spans_1_96_errors_and_no_impossible_value() {
    let close = |got: [f64; 2], want: [f64; 2]| got.iter().zip(want).for_each(|(got, want)| assert_close(*got, want));
    close(Estimate { mean: 0.5, error: 0.1 }.interval(), [0.304, 0.696]);
    close(Estimate { mean: 0.05, error: 0.1 }.interval(), [0.0, 0.246]);
    close(Estimate { mean: 1.0, error: 0.1 }.interval(), [0.804, 1.0]);
}

#[test]
fn some_of_the_users() {
    let mut evaluation = two_users();
    evaluation.add(&[3], &[3]);
    assert_eq!(evaluation.estimate_among(&[0], Metric::Recall, 1), Estimate { mean: 0.0, error: 0.0 });
    let last = evaluation.estimate_among(&[0, 2], Metric::Mrr, 2);
    assert_close(last.mean, 0.75);
    assert_close(last.error, 0.25); // sd = sqrt(0.125), over sqrt(2)
}

#[test]
fn a_constant_gain_has_no_paired_error() {
    let (mut better, mut worse) = (Evaluation::new(&[2], 4), Evaluation::new(&[2], 4));
    for test in [[0], [1], [2]] {
        better.add(&[test[0]], &test);
        worse.add(&[3, test[0]], &test);
    }
    assert_eq!(better.difference(&worse, Metric::Mrr, 2), Estimate { mean: 0.5, error: 0.0 });
}

#[test]
fn nothing_evaluated_is_zero() {
    let evaluation = Evaluation::new(&[20], 0);
    assert_eq!(evaluation.estimate(Metric::Ndcg, 20), Estimate { mean: 0.0, error: 0.0 });
    assert_eq!((evaluation.spread(20).coverage(), evaluation.spread(20).gini()), (0.0, 0.0));
}
