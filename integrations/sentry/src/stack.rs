//! Stacks, read from what `std` shows of them: it has no other way that is stable.

use sentry_core::ClientOptions;
use sentry_core::protocol::{Frame, Stacktrace};

/// Frames that a stack keeps, the innermost.
const MAX_FRAMES: usize = 250;

/// Crates whose frames are no part of the program, beside those that come from a registry.
const FOREIGN: [&str; 5] = ["test", "isohub_sentry", "sentry", "sentry_core", "color_eyre"];

/// Of these, what stands innermost is how the stack was taken: the capture, a panic, the making of an error.
const TAKING: [&str; 9] =
    ["std", "core", "alloc", "__rustc", "backtrace", "isohub", "anyhow", "eyre", "stable_eyre"];

/// The stack of `text`, the `Display` of a [`Backtrace`](std::backtrace::Backtrace); the outermost frame
/// first. How it was taken is left out.
pub(crate) fn stack(text: &str, options: &ClientOptions) -> Option<Stacktrace> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in text.lines() {
        let line = line.trim_start();
        match line.strip_prefix("at ") {
            Some(place) => frames.last_mut().into_iter().for_each(|frame| set_place(frame, place)),
            None => frames.extend(function(line)),
        }
    }
    let taking = frames.iter().take_while(|frame| is_taking(frame)).count();
    frames.drain(..taking);
    frames.truncate(MAX_FRAMES);
    for frame in &mut frames {
        frame.in_app = Some(is_in_app(frame, options));
    }
    Stacktrace::from_frames_reversed(frames)
}

/// The frame of a line such as `12: shop::orders::place`.
fn function(line: &str) -> Option<Frame> {
    let (number, symbol) = line.split_once(": ")?;
    number.parse::<u32>().ok()?;
    let symbol = symbol.trim();
    let name = without_hash(symbol);
    let module = path(name).rsplit_once("::").map(|(module, _)| module.to_owned());
    let symbol = (symbol != name).then(|| symbol.to_owned());
    Some(Frame { function: Some(name.to_owned()), module, symbol, ..Frame::default() })
}

/// The name without the hash that the compiler appends.
fn without_hash(symbol: &str) -> &str {
    match symbol.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit()) => name,
        _ => symbol,
    }
}

/// The path in a name such as `<shop::Order as core::fmt::Display>::fmt`.
fn path(name: &str) -> &str {
    let inner = name.trim_start_matches(['<', '&', '(', '[']);
    let inner = inner.strip_prefix("mut ").unwrap_or(inner).trim_start_matches("dyn ");
    let is_plain = inner.len() == name.len();
    let end = inner.find(|it: char| if is_plain { it == '<' } else { matches!(it, ' ' | '<' | '>') });
    inner[..end.unwrap_or(inner.len())].trim_end_matches("::")
}

/// Sets the place of a frame to `file:line:column`, or to the file alone.
fn set_place(frame: &mut Frame, place: &str) {
    let mut parts = place.rsplitn(3, ':');
    let (column, line, file) = (parts.next(), parts.next(), parts.next());
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u64>().ok());
    let file = match (file, number(line), number(column)) {
        (Some(file), Some(line), Some(column)) => {
            (frame.lineno, frame.colno) = (Some(line), Some(column));
            file
        }
        _ => place,
    };
    frame.filename = file.rsplit(['/', '\\']).next().map(str::to_owned);
    frame.abs_path = Some(file.to_owned());
}

fn crate_of(frame: &Frame) -> &str {
    let path = path(frame.function.as_deref().unwrap_or_default());
    path.split("::").next().unwrap_or_default()
}

fn is_taking(frame: &Frame) -> bool {
    TAKING.contains(&crate_of(frame)) || frame.function.as_deref() == Some("rust_begin_unwind")
}

/// Whether the program's authors wrote it: what its options say of it, and else whether it comes from
/// elsewhere.
fn is_in_app(frame: &Frame, options: &ClientOptions) -> bool {
    let name = path(frame.function.as_deref().unwrap_or_default());
    let is_within = |prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    if options.in_app_include.iter().any(|prefix| is_within(prefix)) {
        return true;
    }
    if options.in_app_exclude.iter().any(|prefix| is_within(prefix)) {
        return false;
    }
    // The functions of the start of a program have no path: `main`, `_start`.
    let of = crate_of(frame);
    if !name.contains("::") || FOREIGN.contains(&of) || TAKING.contains(&of) {
        return false;
    }
    let file = frame.abs_path.as_deref().unwrap_or_default().replace('\\', "/");
    !["/rustc/", "/.cargo/", "/registry/src/", "/git/checkouts/"].iter().any(|part| file.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "   0: std::backtrace::Backtrace::force_capture
             at /rustc/abc/library/std/src/backtrace.rs:312:9
   1: isohub::record::Event::backtrace
             at ./runtime/src/record.rs:243:35
   2: <shop::Order as shop::Place<u8>>::place
             at /home/a/shop/src/order.rs:12:5
   3: shop::main::{{closure}}::h0123456789abcdef
             at ./src/main.rs:7:3
   4: <hyper::Server<T> as core::future::Future>::poll
             at /home/a/.cargo/registry/src/index/hyper-1.0/src/server.rs:1:2
   5: _start
";

    fn shown(options: &ClientOptions) -> Vec<String> {
        shown_of(TEXT, options)
    }

    fn shown_of(text: &str, options: &ClientOptions) -> Vec<String> {
        let frames = stack(text, options).map(|stack| stack.frames).unwrap_or_default();
        let show = |frame: Frame| {
            let place = format!("{:?}:{:?}:{:?}", frame.filename, frame.lineno, frame.colno);
            let place = place.replace("Some(", "").replace([')', '"'], "");
            format!("{} {place} {}", frame.function.unwrap_or_default(), frame.in_app == Some(true))
        };
        frames.into_iter().map(show).collect()
    }

    #[test]
    fn a_stack_has_the_programs_frames_marked_and_not_the_capture() {
        let frames = shown(&ClientOptions::default());
        assert_eq!(
            frames,
            [
                "_start None:None:None false",
                "<hyper::Server<T> as core::future::Future>::poll server.rs:1:2 false",
                "shop::main::{{closure}} main.rs:7:3 true",
                "<shop::Order as shop::Place<u8>>::place order.rs:12:5 true",
            ]
        );
    }

    /// As 1.95 shows them.
    const PANIC: &str = "   0: isohub::panics::capture_panic
             at ./runtime/src/panics.rs:80:23
   1: <alloc::boxed::Box<F,A> as core::ops::function::Fn<Args>>::call
             at /rustc/abc/library/alloc/src/boxed.rs:2220:9
   2: std::panicking::panic_with_hook
   3: __rustc::rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:689:5
   4: core::panicking::panic_fmt
   5: core::option::unwrap_failed
   6: shop::orders::place
             at ./src/orders.rs:7:3
   7: std::rt::lang_start
   8: main
";

    const ANYHOW: &str = "   0: anyhow::error::<impl core::convert::From<E> for anyhow::Error>::from
             at /home/a/.cargo/registry/src/index/anyhow-1.0.104/src/backtrace.rs:10:14
   1: <core::result::Result<T,F> as core::ops::try_trait::FromResidual<E>>::from_residual
             at /rustc/abc/library/core/src/result.rs:2189:27
   2: shop::orders::load
             at ./src/orders.rs:3:9
   3: anyhow::kind::Adhoc::new
             at /home/a/shop/vendor/anyhow/src/kind.rs:1:1
   4: shop::main
             at ./src/main.rs:1:1
";

    const EYRE: &str = "   0: eyre::DefaultHandler::default_with
   1: core::ops::function::FnOnce::call_once
   2: eyre::capture_handler
   3: eyre::error::<impl eyre::Report>::from_std
   4: shop::orders::load
             at ./src/orders.rs:3:9
";

    #[test]
    fn how_a_stack_was_taken_is_no_part_of_it() {
        for (text, innermost, others) in [
            (PANIC, "shop::orders::place orders.rs:7:3 true", 2),
            (ANYHOW, "shop::orders::load orders.rs:3:9 true", 2),
            (EYRE, "shop::orders::load orders.rs:3:9 true", 0),
        ] {
            let frames = shown_of(text, &ClientOptions::default());
            assert_eq!(frames.last().map(String::as_str), Some(innermost));
            assert_eq!(frames.len(), others + 1, "{frames:#?}");
        }
        let frames = shown_of(ANYHOW, &ClientOptions::default());
        assert!(frames[1].starts_with("anyhow::") && frames[1].ends_with(" false"), "{frames:#?}");
    }

    #[test]
    fn the_options_of_the_client_say_what_is_in_the_app() {
        let options = ClientOptions::new().in_app_include(["hyper"]);
        assert!(shown(&options)[1].ends_with("true"));
        let options = ClientOptions::new().in_app_exclude(["shop::main"]);
        assert!(shown(&options)[2].ends_with("false"));
        assert!(shown(&options)[3].ends_with("true"));
    }

    #[test]
    fn what_is_no_stack_has_none() {
        for text in ["", "disabled backtrace", "at nowhere", "<unknown>: x\n at :::"] {
            assert!(stack(text, &ClientOptions::default()).is_none(), "{text}");
        }
    }
}
