//! `let _ = ..` of a value that does its work while it lives, or that is all that was made.

use syn::{Expr, ExprMethodCall, Local, Pat};

use crate::path::Runtime;

/// The error about a value that ends in the statement that made it.
pub(super) fn check(local: &Local, runtime: &Runtime) -> Option<syn::Error> {
    let pattern = match &local.pat {
        Pat::Type(typed) => &*typed.pat,
        other => other,
    };
    let Pat::Wild(thrown) = pattern else { return None };
    let message = what_ends(&local.init.as_ref()?.expr, runtime)?;
    Some(syn::Error::new(thrown.underscore_token.span, message))
}

fn what_ends(value: &Expr, runtime: &Runtime) -> Option<&'static str> {
    let is_ours = |name: &str, path| runtime.owns(path).is_some_and(|found| found == name);
    match value {
        Expr::Macro(invocation) if is_ours("start_span", &invocation.mac.path) => {
            Some("this span ends at once: bind it to a name or use `.in_scope(..)`")
        }
        Expr::Try(outer) => what_ends(&outer.expr, runtime),
        Expr::Paren(outer) => what_ends(&outer.expr, runtime),
        Expr::MethodCall(call) => match call.method.to_string().as_str() {
            "unwrap" | "expect" => what_ends(&call.receiver, runtime),
            "install" => {
                let Expr::Call(first) = receiver(call) else { return None };
                let Expr::Path(function) = &*first.func else { return None };
                let is_init = function.path.segments.len() > 1 && is_ours("init", &function.path);
                is_init
                    .then_some("this guard is dropped at once: bind it to a name, as in `let _isohub = ..`")
            }
            "with_tag" | "with_user" | "with_breadcrumb" | "with_parent" | "configured" => {
                is_hub(receiver(call)).then_some(
                    "this hub is thrown away, with what was set on it: run something in it with `.run(..)` \
                     or `.bind_hub(..)`",
                )
            }
            _ => None,
        },
        _ => None,
    }
}

/// What the first of a chain of methods is called on.
fn receiver(call: &ExprMethodCall) -> &Expr {
    match &*call.receiver {
        Expr::MethodCall(before) => receiver(before),
        other => other,
    }
}

/// Whether something is a hub, as far as its name tells: `hub`, `Hub::current()`.
fn is_hub(value: &Expr) -> bool {
    match value {
        Expr::Path(path) => path.path.get_ident().is_some_and(|name| {
            let name = name.to_string();
            name == "hub" || name.ends_with("_hub")
        }),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => path.path.segments.iter().rev().nth(1).is_some_and(|ty| ty.ident == "Hub"),
            _ => false,
        },
        _ => false,
    }
}
