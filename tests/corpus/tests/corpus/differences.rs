//! What is known to differ from the plain function, and why.

use std::collections::BTreeMap;

/// The names of shapes, and why they may differ.
pub type Known = &'static [(&'static [&'static str], &'static str)];

/// In what they do.
pub const SHOWN: Known = &[
    (
        &["known::drops::two", "known::drops::ignored"],
        "a future that was never polled drops its arguments the last first, as a call does that has run, where \
         an `async fn` drops them the first first: to have both orders, each argument would be stored twice in \
         the future, as an `async fn` stores it",
    ),
    (&["known::places::caller"], "the body runs in a closure, and closures cannot be `#[track_caller]` yet"),
    (
        &["known::places::name_of_a_closure", "known::places::name"],
        "the body is a closure or an async block, and the future a wrapper: their types have other names",
    ),
    (
        &["panics::later::polled_again"],
        "a future that is polled once more after it panicked panics at `async`, not at the body's brace",
    ),
    (&["known::places::size"], "the future is a wrapper, and stores its arguments once, not twice"),
];

/// In the compiler's errors.
pub const REFUSED: Known = &[
    (
        &["borrowed::assigned_twice"],
        "the body captures its arguments, so that the error has another number: E0594 for E0384",
    ),
    (
        &["borrowed::wrong_lifetime"],
        "the value of an `async fn` is returned by the call around its body: the error is at the beginning of \
         the last statement, not at a branch of it",
    ),
    (&["typed::recursive_without_a_box"], "the error is at `async`, not at the `pub` before it"),
    (
        &["typed::not_a_future", "typed::unsized_return"],
        "what takes the body says it again: it needs a future, and a size",
    ),
    (
        &["inside::not_a_stream"],
        "what takes the body says it, at its value and not at the returned type: it needs a stream",
    ),
];

/// In the compiler's lints.
pub const LINTED: Known = &[
    (
        &["rustc::unused_assignment", "rustc::argument_overwritten"],
        "the body captures its arguments, which counts as reading the value they came with",
    ),
    (
        &["rustc::must_use_is_kept"],
        "`#[must_use]` on an `async fn` is about its output, too: only on what the compiler knows to be one",
    ),
];

/// Of the lints of what is accepted, which are no shapes but the names of lints.
pub const LINTED_IN_ACCEPTED: Known = &[
    (
        &[
            "clippy::elidable_lifetime_names is lost",
            "clippy::empty_line_after_outer_attr is lost",
            "clippy::just_underscores_and_digits is lost",
            "clippy::manual_async_fn is lost",
            "clippy::needless_pass_by_value is lost",
            "clippy::redundant_closure_call is lost",
            "clippy::toplevel_ref_arg is lost",
            "clippy::unused_async is lost",
            "clippy::unused_self is lost",
        ],
        "clippy leaves these to what no macro has made",
    ),
    (
        &["clippy::let_and_return is lost", "clippy::needless_return is lost"],
        "an annotated statement is not the last of its block: the span ends after it",
    ),
    (&["clippy::boxed_local is lost"], "the body captures its arguments, which counts as giving them away"),
    (
        &["clippy::too_many_arguments is lost", "clippy::too_many_arguments is added"],
        "of an `async fn` it is at `fn`, not at `async`",
    ),
];

/// The shapes that were seen to differ, and how.
#[derive(Default)]
pub struct Seen(BTreeMap<String, Vec<String>>);

impl Seen {
    pub fn differs(&mut self, shape: &str, how: String) {
        self.0.entry(shape.to_owned()).or_default().push(how);
    }

    /// Asserts that these are the known differences: nothing else differs, and what is known still does.
    #[track_caller]
    pub fn are(mut self, known: Known) {
        let mut told = Vec::new();
        for (shapes, why) in known {
            for shape in *shapes {
                if self.0.remove(*shape).is_none() {
                    told.push(format!("{shape} does not differ any more: {why}\n"));
                }
            }
        }
        told.extend(self.0.iter().map(|(shape, how)| format!("{shape}: {}\n", how.join("\n  and "))));
        assert!(told.is_empty(), "{} shapes differ\n\n{}", told.len(), told.join("\n"));
    }
}
