//! The `!` macros.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::{Expr, ExprClosure, Ident};

use super::inner::{calling, closure, future_of, with_prologue};
use super::{
    added, body, callsite, fields, in_unit, judgement, located, mixed, outcome, private_at, prologue, source,
    text, wrapped_future,
};
use crate::fields::Field;
use crate::model::{Mode, Unit, UnitKind};
use crate::path::Runtime;
use crate::record::{Breadcrumb, Join};
use crate::unit::{Spawner, Work};

/// A unit, spawned unless the caller runs it. The hub is taken before anything else is evaluated.
///
/// ```text
/// Input   spawn_isolated!(in set, async move { work().await })
/// Output  { let __origin = PRIVATE::Origin::cloned();
///           (set).spawn(PRIVATE::hub_future(__origin, async move { work().await })) }
/// ```
pub(crate) fn unit(unit: &Unit, spawner: &Spawner, work: Work) -> TokenStream {
    if let (Spawner::Caller, Work::Closure(literal)) = (spawner, &work)
        && literal.capture.is_some()
    {
        return closure(unit, literal, 0).0.to_token_stream();
    }
    let made = source(unit);
    let isolated = isolated(unit, spawner, work);
    let spawned = spawned(spawner, &isolated, &unit.runtime);
    mixed! { { let __origin = #made; #spawned } }
}

/// The unit as it was written, spawned as it would have been.
pub(crate) fn plain_unit(unit: &Unit, spawner: &Spawner, work: Work) -> TokenStream {
    let other = |work: Expr| match spawner {
        Spawner::Task | Spawner::Local => checked(&work, "future", &unit.runtime),
        Spawner::Blocking | Spawner::Thread => checked(&work, "closure", &unit.runtime),
        Spawner::Caller | Spawner::In(_) => {
            let kind = kind_of_unit(&work, &unit.runtime);
            mixed! { match #work { __unit => { let _ = #kind; __unit } } }
        }
    };
    spawned(spawner, &super::checked::work(unit, work, other), &unit.runtime)
}

fn spawned(spawner: &Spawner, unit: &TokenStream, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    match spawner {
        Spawner::Caller => unit.clone(),
        Spawner::Task => mixed! { #private::tokio::task::spawn(#unit) },
        Spawner::Local => mixed! { #private::tokio::task::spawn_local(#unit) },
        Spawner::Blocking => mixed! { #private::tokio::task::spawn_blocking(#unit) },
        Spawner::Thread => mixed! { #private::std::thread::spawn(#unit) },
        // What has no such method is reported at the place.
        Spawner::In(place) => quote_spanned! { located(place) => (#place).spawn(#unit) },
    }
}

/// The unit with the hub that `__origin` holds.
fn isolated(unit: &Unit, spawner: &Spawner, work: Work) -> TokenStream {
    let (origin, nothing) = (mixed! { __origin }, TokenStream::new());
    let prologue = prologue(unit);
    match work {
        Work::Async(block) => wrapped_future(unit, &origin, &with_prologue(&block, &prologue)),
        Work::Closure(literal) if makes_future(spawner, &literal) => {
            calling(unit, &literal, [&origin, &nothing, &nothing], true)
        }
        Work::Closure(literal) if literal.inputs.is_empty() => {
            let (capture, output) = (&literal.capture, &literal.output);
            let body = body(literal.body.to_token_stream());
            let called = match prologue.is_empty() {
                true => literal.to_token_stream(),
                false => mixed! { #capture || #output { #prologue #body } },
            };
            called_once(unit, &called)
        }
        // The argument may be a reference of any lifetime, which only a literal closure can take.
        Work::Closure(literal) => match unit.kind.is_queued() {
            false => calling(unit, &literal, [&origin, &nothing, &nothing], true),
            true => {
                let private = unit.runtime.private();
                let called = calling(unit, &literal, [&origin, &mixed! { __queued }, &nothing], true);
                mixed! { { let __queued = #private::Queued::now(); #called } }
            }
        },
        Work::Other(other) => match spawner {
            Spawner::Blocking | Spawner::Thread => {
                let closure = checked(&other, "closure", &unit.runtime);
                let called = match prologue.is_empty() {
                    true => closure,
                    false => mixed! { { let __unit = #closure; move || { #prologue __unit() } } },
                };
                called_once(unit, &called)
            }
            Spawner::Task | Spawner::Local => awaited(unit, &other, &prologue),
            Spawner::Caller | Spawner::In(_) => dispatched(unit, &other, &prologue),
        },
    }
}

/// Whether the closure is for one that polls what it returns; a thread gives that to whoever waits for it.
fn makes_future(spawner: &Spawner, closure: &ExprClosure) -> bool {
    matches!(spawner, Spawner::Caller | Spawner::In(_)) && future_of(closure).is_some()
}

/// `PRIVATE::future(work)` or `PRIVATE::closure(work)`, which report what is none at the work itself.
fn checked(work: &Expr, what: &str, runtime: &Runtime) -> TokenStream {
    let at = located(work);
    let (private, what) = (private_at(runtime, at), Ident::new(what, at));
    quote_spanned! { at => #private::#what(#work) }
}

/// A closure without arguments.
fn called_once(unit: &Unit, called: &TokenStream) -> TokenStream {
    let private = unit.runtime.private();
    let queued = unit.kind.is_queued().then(|| mixed! { #private::Queued::now().closure0(#called) });
    let called = queued.as_ref().unwrap_or(called);
    in_unit(Span::mixed_site(), unit, &mixed! { __origin }, "closure0", called)
}

/// An expression that can only be a future here.
fn awaited(unit: &Unit, future: &Expr, prologue: &TokenStream) -> TokenStream {
    let origin = mixed! { __origin };
    let future = checked(future, "future", &unit.runtime);
    if prologue.is_empty() {
        return wrapped_future(unit, &origin, &future);
    }
    let wrapped = wrapped_future(unit, &origin, &mixed! { async move { #prologue __future.await } });
    mixed! { { let __future = #future; #wrapped } }
}

/// Whether `__unit` is a future or a closure, or an error at the work itself that says that it is neither.
fn kind_of_unit(work: &Expr, runtime: &Runtime) -> TokenStream {
    let at = located(work);
    let private = private_at(runtime, at);
    quote_spanned! { at => #private::unit_kind(&__unit) }
}

/// An expression whose type tells whether it is a future or a closure.
///
/// ```text
/// Input   isolated!(tags(job = id), work)
/// Output  { let __origin = PRIVATE::Origin::cloned();
///           match work { __unit => {
///               let __kind = PRIVATE::unit_kind(&__unit);
///               let __unit = __kind.after(move || { PRIVATE::tag("job", || PRIVATE::text(&(id))); }, __unit);
///               __kind.isolate(__origin, __unit)
///           } } }
/// ```
fn dispatched(unit: &Unit, work: &Expr, prologue: &TokenStream) -> TokenStream {
    let kind = kind_of_unit(work, &unit.runtime);
    let bound = match &unit.kind {
        UnitKind::Parallel { span, .. } => {
            let (callsite, outcome) = (callsite(span, &unit.runtime), outcome(span, unit));
            match span.queued {
                true => mixed! { parallel(__origin, #callsite, __kind.queued(__unit), #outcome) },
                false => mixed! { parallel(__origin, #callsite, __unit, #outcome) },
            }
        }
        UnitKind::Hub { .. } | UnitKind::Span { .. } => match judgement(unit) {
            None => mixed! { isolate(__origin, __unit) },
            Some(outcome) => mixed! { judged(__origin, __unit, #outcome) },
        },
    };
    let first = (!prologue.is_empty()).then(|| {
        mixed! { let __unit = __kind.after(move || { #prologue }, __unit); }
    });
    mixed! {
        match #work {
            __unit => {
                let __kind = #kind;
                #first
                __kind.#bound
            }
        }
    }
}

/// ```text
/// Input   start_span!("load", id)
/// Output  PRIVATE::start_span(PRIVATE::Parent::active(), CALLSITE, |__fields| {
///             __fields.add("id", || PRIVATE::value(&(id)));
///         })
/// ```
pub(crate) fn start_span(unit: &Unit, mode: Mode) -> TokenStream {
    let private = unit.runtime.private();
    let list = &unit.prologue.fields;
    let (UnitKind::Span { span, .. }, Mode::Enabled) = (&unit.kind, mode) else {
        let checked = never_run(&fields(list, &unit.runtime));
        return mixed! { { #checked #private::disabled_span() } };
    };
    let (source, callsite) = (source(unit), callsite(span, &unit.runtime));
    let (pattern, each) = match list.is_empty() {
        true => (mixed! { _ }, TokenStream::new()),
        false => (mixed! { __fields }, added(list, &unit.runtime)),
    };
    mixed! { #private::start_span(#source, #callsite, |#pattern| { #each }) }
}

/// ```text
/// Input   record!(rows = rows.len())
/// Output  { PRIVATE::fields(|__fields| { __fields.add("rows", || PRIVATE::value(&(rows.len()))); }); }
/// ```
pub(crate) fn record(list: &[Field], runtime: &Runtime, mode: Mode) -> TokenStream {
    let recorded = fields(list, runtime);
    let recorded = if mode == Mode::Enabled { recorded } else { never_run(&recorded) };
    mixed! { { #recorded } }
}

/// ```text
/// Input   breadcrumb!("cache", "miss", key)
/// Output  { PRIVATE::breadcrumb(|__fields| {
///             __fields.category(|| PRIVATE::text(&("cache")));
///             __fields.message(|| PRIVATE::text(&("miss")));
///             __fields.add("key", || PRIVATE::value(&(key)));
///         }); }
/// ```
pub(crate) fn breadcrumb(breadcrumb: &Breadcrumb, mode: Mode) -> TokenStream {
    let Breadcrumb { runtime, category, message, fields } = breadcrumb;
    let private = runtime.private();
    let each = added(fields, runtime);
    let (category, message) = (text(category, runtime), text(message, runtime));
    let left = mixed! {
        #private::breadcrumb(|__fields| {
            __fields.category(|| #category);
            __fields.message(|| #message);
            #each
        });
    };
    let left = if mode == Mode::Enabled { left } else { never_run(&left) };
    mixed! { { #left } }
}

/// Compiled and never run, so that a build without recording reports the same errors.
fn never_run(statements: &TokenStream) -> TokenStream {
    if statements.is_empty() {
        return TokenStream::new();
    }
    mixed! { if false { #statements } }
}

/// Every branch in its own clone of the hub; all are made before the first is polled.
///
/// ```text
/// Input   join!(a, b)
/// Output  { let mut __branch0 = pin!(PRIVATE::branch(a));
///           let mut __branch1 = pin!(PRIVATE::branch(b));
///           let mut __turns = PRIVATE::Turns::of(2usize);
///           poll_fn(|__cx| {
///               let __ready = __turns.all(|__at| match __at {
///                   0usize => __branch0.as_mut().poll_branch(__cx),
///                   _ => __branch1.as_mut().poll_branch(__cx),
///               });
///               if __ready {
///                   Poll::Ready((__branch0.as_mut().take_output(), __branch1.as_mut().take_output()))
///               } else { Poll::Pending }
///           }).await }
/// ```
pub(crate) fn join(branches: &[Expr], runtime: &Runtime, join: Join) -> TokenStream {
    let private = runtime.private();
    let poll = mixed! { #private::core::task::Poll };
    // By path: a trait of the user's may have a method of this name for all types.
    let pin = mixed! { #private::core::pin::Pin };
    let count = branches.len();
    let names: Vec<Ident> =
        (0..count).map(|at| format_ident!("__branch{}", at, span = Span::mixed_site())).collect();
    let (each, all) = match join {
        Join::All => (mixed! { poll_branch }, mixed! { all }),
        Join::Try => (mixed! { poll_try_branch }, mixed! { try_all }),
    };
    let arms = names.iter().enumerate().map(|(at, name)| {
        let at = if at + 1 == count {
            mixed! { _ }
        } else {
            mixed! { #at }
        };
        mixed! { #at => #pin::as_mut(&mut #name).#each(__cx) }
    });
    let polled = mixed! { __turns.#all(|__at| match __at { #(#arms),* }) };
    let ready = match join {
        Join::All => polled,
        Join::Try => mixed! {
            match #polled {
                #private::core::result::Result::Ok(__ready) => __ready,
                #private::core::result::Result::Err(__error) => {
                    return #poll::Ready(#private::core::result::Result::Err(__error));
                }
            }
        },
    };
    let outputs = match join {
        Join::All => mixed! { (#(#pin::as_mut(&mut #names).take_output(),)*) },
        Join::Try => {
            mixed! { #private::core::result::Result::Ok((#(#pin::as_mut(&mut #names).take_ok(),)*)) }
        }
    };
    let made = branches.iter().map(|branch| checked(branch, "branch", runtime));
    mixed! {
        {
            #(let mut #names = #private::core::pin::pin!(#made);)*
            let mut __turns = #private::Turns::of(#count);
            #private::core::future::poll_fn(|__cx| {
                let __ready = #ready;
                if __ready { #poll::Ready(#outputs) } else { #poll::Pending }
            })
            .await
        }
    }
}
