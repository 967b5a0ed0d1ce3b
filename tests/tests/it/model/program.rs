//! Programs, and how they are made at random.

use proptest::collection::vec;
use proptest::prelude::*;

/// What a unit, or a part of one, does.
pub(super) type Body = Vec<Op>;

#[derive(Clone, Debug)]
pub(super) enum Op {
    SetTag(u8, u8),
    RemoveTag(u8),
    /// Is pending so often.
    Pause(u8),
    /// Captures an event.
    Capture(u32),
    /// Returns an error from the enclosing unit or span.
    Fail,
    Panic,
    /// Calls and awaits.
    Call(Unit),
    /// Calls a synchronous function.
    CallSync(Unit),
    /// Calls, does something else, and then awaits in a span that was started by hand.
    Late {
        unit: Unit,
        before: Body,
        hand: u32,
    },
    /// Goes on when the body panics.
    Catch(Body),
    /// Runs in a changed clone of the scope.
    WithScope(Body),
    /// Runs in a span that was started by hand.
    InSpan(u32, Body),
    /// Runs several at once, each in a hub of its own.
    Join(Joiner, Vec<Unit>),
    /// Runs two at once and cancels the one that is later.
    Select(Box<[Unit; 2]>),
    /// Calls, polls so often at most, and drops.
    Cancel(usize, Unit),
    /// Spawns a task, whose end nobody waits for.
    Spawn(Unit),
    /// The same in a thread.
    Thread(Unit),
    /// Spawns a task without a hub: nothing of it is seen.
    Bare(Body),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Joiner {
    /// `isohub::join!` of two.
    Join,
    /// `isohub::try_join!` of two.
    TryJoin,
    /// `tokio::join!` of two.
    Tokio,
    /// `futures::future::join_all` of any number.
    All,
}

/// A call of an annotated function.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) id: u32,
    pub(super) kind: Kind,
    pub(super) body: Body,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Span,
    Hub,
    Parallel,
    /// `#[parallel_span(fresh)]`
    Fresh,
    /// `#[parallel_span(detached)]`
    Detached,
}

pub(super) fn program() -> impl Strategy<Value = Body> {
    let leaf = prop_oneof![
        4 => (0..4_u8, 0..9_u8).prop_map(|(key, value)| Op::SetTag(key, value)),
        1 => (0..4_u8).prop_map(Op::RemoveTag),
        3 => (1..4_u8).prop_map(Op::Pause),
        2 => Just(Op::Capture(0)),
        1 => prop_oneof![Just(Op::Fail), Just(Op::Panic)],
    ];
    let op = leaf.prop_recursive(5, 48, 5, |op| {
        let body = || vec(op.clone(), 0..5);
        let unit = || (kind(), body()).prop_map(|(kind, body)| Unit { id: 0, kind, body });
        prop_oneof![
            4 => unit().prop_map(Op::Call),
            1 => unit().prop_map(Op::CallSync),
            2 => (unit(), body()).prop_map(|(unit, before)| Op::Late { unit, before, hand: 0 }),
            2 => body().prop_map(Op::Catch),
            1 => body().prop_map(Op::WithScope),
            1 => body().prop_map(|body| Op::InSpan(0, body)),
            3 => (joiner(), unit(), unit()).prop_map(|(joiner, a, b)| Op::Join(joiner, vec![a, b])),
            1 => vec(unit(), 0..4).prop_map(|units| Op::Join(Joiner::All, units)),
            2 => (unit(), unit()).prop_map(|(a, b)| Op::Select(Box::new([a, b]))),
            2 => (0..6_usize, unit()).prop_map(|(polls, unit)| Op::Cancel(polls, unit)),
            2 => unit().prop_map(Op::Spawn),
            1 => unit().prop_map(Op::Thread),
            1 => body().prop_map(Op::Bare),
        ]
    });
    vec(op, 0..6).prop_map(|mut body| {
        number(&mut body, &mut 0);
        body
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        3 => Just(Kind::Span),
        2 => Just(Kind::Hub),
        3 => Just(Kind::Parallel),
        1 => prop_oneof![Just(Kind::Fresh), Just(Kind::Detached)],
    ]
}

fn joiner() -> impl Strategy<Value = Joiner> {
    prop_oneof![Just(Joiner::Join), Just(Joiner::TryJoin), Just(Joiner::Tokio)]
}

fn number(body: &mut Body, next: &mut u32) {
    for op in body {
        match op {
            Op::SetTag(..) | Op::RemoveTag(_) | Op::Pause(_) | Op::Fail | Op::Panic => {}
            Op::Capture(id) => *id = fresh(next),
            Op::Call(unit)
            | Op::CallSync(unit)
            | Op::Cancel(_, unit)
            | Op::Spawn(unit)
            | Op::Thread(unit) => {
                number_unit(unit, next);
            }
            Op::Late { unit, before, hand } => {
                *hand = fresh(next);
                number(before, next);
                number_unit(unit, next);
            }
            Op::Catch(body) | Op::WithScope(body) | Op::Bare(body) => number(body, next),
            Op::InSpan(id, body) => {
                *id = fresh(next);
                number(body, next);
            }
            Op::Join(_, units) => units.iter_mut().for_each(|unit| number_unit(unit, next)),
            Op::Select(units) => units.iter_mut().for_each(|unit| number_unit(unit, next)),
        }
    }
}

fn number_unit(unit: &mut Unit, next: &mut u32) {
    unit.id = fresh(next);
    number(&mut unit.body, next);
}

fn fresh(next: &mut u32) -> u32 {
    *next += 1;
    *next
}
