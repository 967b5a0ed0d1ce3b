//! The spawners that are known, and what to write instead of calling them.

use syn::{Expr, ExprMethodCall, ExprPath, Path};

use crate::path::Runtime;

/// The end of each message: what was refused may be right.
pub(super) const IF_MEANT: &str = ", or write `allow(bare_spawn)` in the attribute if it is meant";

/// The functions of rayon whose closures are units.
const RAYON: [&str; 5] = ["join", "spawn", "spawn_fifo", "broadcast", "spawn_broadcast"];

/// What a unit is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Future,
    Closure,
}

/// A function that runs its argument as a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spawner {
    Task,
    LocalTask,
    Blocking,
    Thread,
    /// A task of an executor that `spawn_isolated!` has no word for.
    OtherTask,
    /// A closure of a pool that `spawn_isolated!` has no word for.
    OtherJob,
    /// A function of rayon that `isohub::rayon` has, too, by this name.
    Rayon(&'static str),
}

impl Spawner {
    /// Knows a spawner by the last segments of its path; `spawn` alone may be anyone's.
    pub(super) fn of_path(function: &ExprPath, runtime: &Runtime) -> Option<Spawner> {
        if function.qself.is_some() || runtime.holds(&function.path) {
            return None;
        }
        let names: Vec<String> = function.path.segments.iter().map(|one| one.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let is_tokio = names.len() == 1 || matches!(names[0], "tokio" | "task");
        match &names[..] {
            [.., "spawn_local"] if is_tokio => Some(Spawner::LocalTask),
            [.., "spawn_local"] => Some(Spawner::OtherTask),
            [.., "spawn_blocking"] if is_tokio => Some(Spawner::Blocking),
            [.., "spawn_blocking"] | [.., "smol", "unblock"] => Some(Spawner::OtherJob),
            [.., "tokio", "spawn"] => Some(Spawner::Task),
            [.., "task", "spawn"] if is_tokio => Some(Spawner::Task),
            [.., "thread", "spawn"] => Some(Spawner::Thread),
            [.., "rayon", name] => RAYON.into_iter().find(|known| known == name).map(Spawner::Rayon),
            [.., "task", "spawn"]
            | [.., "smol" | "async_global_executor" | "actix_rt" | "monoio" | "tokio_uring", "spawn"]
            | [.., "actix_web", "rt", "spawn"]
            | [.., "compio", "runtime", "spawn"] => Some(Spawner::OtherTask),
            _ => None,
        }
    }

    pub(super) fn form(self) -> Form {
        match self {
            Spawner::Task | Spawner::LocalTask | Spawner::OtherTask => Form::Future,
            Spawner::Blocking | Spawner::Thread | Spawner::OtherJob | Spawner::Rayon(_) => Form::Closure,
        }
    }

    /// How many of its first arguments are units.
    pub(super) fn units(self) -> usize {
        if self == Spawner::Rayon("join") { 2 } else { 1 }
    }

    pub(super) fn message(self) -> String {
        let (unit, instead) = match self {
            Spawner::Task => ("task", "use `isohub::spawn_isolated!(..)`"),
            Spawner::LocalTask => ("task", "use `isohub::spawn_isolated!(local, ..)`"),
            Spawner::Blocking => ("job", "use `isohub::spawn_isolated!(blocking, ..)`"),
            Spawner::Thread => ("thread", "use `isohub::spawn_isolated!(thread, ..)`"),
            Spawner::OtherTask => ("task", "spawn `isohub::isolated!(async move { .. })`"),
            Spawner::OtherJob => ("job", "spawn `isohub::isolated!(move || ..)`"),
            Spawner::Rayon(name) => ("job", &*format!("use `isohub::rayon::{name}(..)`")),
        };
        format!("this {unit} would not inherit the hub: {instead}{IF_MEANT}")
    }
}

/// The message about a literal that is given to a method, if its name is that of a spawner.
pub(super) fn of_method(call: &ExprMethodCall) -> Option<String> {
    let instead = match call.method.to_string().as_str() {
        "spawn" => {
            let place = match &*call.receiver {
                Expr::Path(place) => place.path.get_ident().map(ToString::to_string),
                _ => None,
            };
            format!("use `isohub::spawn_isolated!(in {}, ..)`", place.as_deref().unwrap_or(".."))
        }
        method @ ("spawn_blocking" | "spawn_local" | "spawn_on" | "spawn_fifo") => {
            format!("give `{method}` an `isohub::isolated!(..)`")
        }
        // It may take two arguments, which `isolated!` does not; and whatever is sent may be broadcast.
        "spawn_broadcast" | "broadcast" if matches!(call.args.first(), Some(Expr::Closure(_))) => {
            "put `#[isolated_hub]` on this closure".to_owned()
        }
        _ => return None,
    };
    Some(format!("this unit would not inherit the hub: {instead}{IF_MEANT}"))
}

/// The name of a `join!` or `try_join!` that is written with a path, and not with ours.
pub(super) fn foreign_join(path: &Path, runtime: &Runtime) -> Option<String> {
    let name = path.segments.last()?.ident.to_string();
    let is_join = matches!(name.as_str(), "join" | "try_join");
    // A bare name may be ours, which `owns` takes it for.
    (is_join && runtime.owns(path).is_none()).then_some(name)
}

/// Whether a macro of ours takes options before its unit.
pub(super) fn is_unit_macro(path: &Path, runtime: &Runtime) -> bool {
    let name = runtime.owns(path).map(|name| name.to_string());
    matches!(name.as_deref(), Some("isolated" | "parallel" | "spawn_isolated"))
}

/// Whether an option is `allow(bare_spawn)`.
pub(super) fn is_allowance(option: &Expr) -> bool {
    let is = |expression: &Expr, name: &str| match expression {
        Expr::Path(path) => path.path.is_ident(name),
        _ => false,
    };
    match option {
        Expr::Call(call) => is(&call.func, "allow") && call.args.iter().any(|one| is(one, "bare_spawn")),
        _ => false,
    }
}
