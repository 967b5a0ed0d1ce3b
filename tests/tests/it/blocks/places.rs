//! Everywhere that an attribute on a block or a statement can stand.

use std::future::ready;

use isohub::testing::Recorder;
use isohub::{isolated_hub, parallel_span, span};

use crate::support::{pause, poll_to_end, tags};

async fn later<T>(value: T) -> T {
    pause().await;
    value
}

async fn fails() -> Result<u8, String> {
    pause().await;
    Err("as it does".to_owned())
}

#[track_caller]
fn check<T>(call: impl Future<Output = T>, expected: &str) -> T {
    let recorder = Recorder::new();
    let result = poll_to_end(recorder.run(async {
        isohub::set_tag("a", 0);
        let result = call.await;
        assert_eq!(tags(), "a=0");
        result
    }));
    assert_eq!(recorder.tree().replace(" {a=0}", ""), expected);
    result
}

#[span]
async fn statements(list: &[u8]) -> u8 {
    #[span("let")]
    let mut sum = later(1).await;
    #[span("let else")]
    let (Some(first), _) = (list.first().copied(), pause().await) else { return 0 };
    #[span("pattern", ret(n = r.0))]
    let (a, ref b) = later((1, 2)).await;
    #[span("expression")]
    later(()).await;
    #[span("assignment")]
    sum += later(first).await;
    #[span("for")]
    for n in list {
        sum += later(*n).await;
    }
    #[span("while")]
    while sum > 10 {
        sum -= 1;
    }
    #[span("match")]
    match sum {
        10 => sum = later(9).await,
        _ => {}
    }
    #[span("if")]
    if sum == 9 {
        pause().await;
    }
    #[span("macro")]
    assert_eq!(sum, 9);
    #[span("tail")]
    match (a, b) {
        (1, 2) => later(sum).await,
        _ => 0,
    }
}

#[test]
fn statements_bind_what_they_bind() {
    let names = [
        "let",
        "let else",
        "pattern n=1",
        "expression",
        "assignment",
        "for",
        "while",
        "match",
        "if",
        "macro",
        "tail",
    ];
    let tree: String = names.iter().map(|name| format!("  {name}\n")).collect();
    assert_eq!(check(async { statements(&[4, 5, 6]).await }, &format!("statements\n{tree}")), 9);
    assert_eq!(check(async { statements(&[]).await }, "statements\n  let\n  let else\n"), 0);
}

#[span]
async fn expressions(n: u8) -> Result<u8, String> {
    let sum = u8::min(
        #[span("argument")]
        later(n).await,
        #[span("block argument")]
        {
            n + 1
        },
    );
    let list = vec![
        #[span("element")]
        later(sum).await,
        #[span("second")]
        {
            n
        },
    ];
    let text = format!(
        "{}",
        #[span("formatted")]
        {
            list.len()
        }
    );
    let arm = match n {
        1 =>
        #[span("arm")]
        {
            1
        }
        _ =>
        {
            #[span("arm value")]
            later(2).await
        }
    };
    let operand = 1 + #[span("operand")]
    later(arm).await;
    let nested = #[span("outer")]
    {
        let inner = #[span("inner")]
        {
            later(operand).await
        };
        inner
            + #[span("beside")]
            if text == "2" { 1 } else { 2 }
    };
    if #[span("condition")]
    later(nested > 3).await
    {
        return #[span("returned")]
        async { Ok(later(nested).await) }.await;
    }
    #[span("whole", err)]
    fails().await
}

#[test]
fn expressions_give_what_they_give() {
    let begin = "argument, block argument, element, second, formatted, ";
    let tree = |rest: &str| -> String {
        format!("{begin}{rest}").split(", ").map(|name| format!("  {name}\n")).collect()
    };
    let rest = "arm value, operand, outer,   inner,   beside, condition, returned";
    assert_eq!(check(async { expressions(2).await }, &format!("expressions\n{}", tree(rest))), Ok(4));
    let rest = "arm, operand, outer,   inner,   beside, condition, whole error error=\"as it does\"";
    let tree = format!("expressions error\n{}", tree(rest));
    assert_eq!(check(async { expressions(1).await }, &tree), Err("as it does".to_owned()));
}

#[span]
async fn hubs(n: u8) -> Result<u8, String> {
    isohub::set_tag("a", n);
    let m = #[isolated_hub(tags(b = n))]
    {
        assert_eq!(tags(), "a=1 b=1");
        isohub::set_tag("a", "inner");
        pause().await;
        assert_eq!(tags(), "a=inner b=1");
        #[parallel_span("both", tags(c = 1), fields(n))]
        {
            assert_eq!(tags(), "a=inner b=1 c=1");
            later(n).await
        }
    };
    assert_eq!(tags(), "a=1");
    #[isolated_hub(fresh)]
    let none = {
        pause().await;
        tags()
    };
    #[parallel_span("remote", fresh, parent = None::<isohub::SpanContext>)]
    let empty = tags();
    #[span("apart", detached)]
    later(()).await;
    isohub::set_tag("a", 0);
    assert_eq!((&*none, &*empty), ("", ""));
    #[isolated_hub]
    {
        isohub::set_tag("a", "left");
        fails().await?;
    }
    Ok(m)
}

#[test]
fn hubs_of_blocks() {
    let recorder = Recorder::new();
    poll_to_end(recorder.run(async { hubs(1).await })).unwrap_err();
    let tree = "hubs error {a=0} #1\n  both n=1 {a=inner b=1 c=1}\n\nremote\n\napart {a=1} -> #1\n";
    assert_eq!(recorder.tree(), tree);
}

#[parallel_span]
async fn selecting(n: u8) -> Result<u8, String> {
    let by_tokio = tokio::select! {
        biased;
        got = #[span("branch")] async { later(n).await }, if n > 0 => {
            #[span("handler")]
            let more = later(got).await;
            #[isolated_hub]
            {
                isohub::set_tag("a", "handler");
                pause().await;
                assert_eq!(tags(), "a=handler");
            }
            more + #[span("more")] { later(Ok::<u8, String>(1)).await? }
        }
        () = std::future::pending() => 0,
    };
    assert_eq!(tags(), "a=0");
    let mut left = std::pin::pin!(futures::FutureExt::fuse(later(n)));
    let by_futures = futures::select! {
        got = left => #[span("short handler")] { later(got).await },
        complete => 0,
    };
    #[span("selected")]
    tokio::select! {
        () = pause() => {
            #[span("in it", err)]
            { fails().await?; }
        }
        () = std::future::pending() => {}
    }
    Ok(by_tokio + by_futures)
}

#[test]
fn handlers_of_select() {
    let tree = "selecting error\n  branch\n  handler\n  more\n  short handler\n  selected error\n    \
                in it error error=\"as it does\"\n";
    check(async { selecting(1).await }, tree).unwrap_err();
}

#[span]
fn arguments(rows: &[u8]) -> usize {
    let context = isohub::current_span().context();
    #[span(
        name = "named", op = "db", kind = client, level = debug, fields(rows = rows.len()), error_if = |n| *n > 1,
        ret(n = r), links = context
    )]
    {
        rows.len()
    }
}

#[test]
fn all_arguments_that_a_function_takes() {
    let recorder = Recorder::new();
    assert_eq!(recorder.run_sync(|| arguments(&[1, 2])), 2);
    let span = recorder.span("named");
    assert_eq!((span.callsite.op(), span.links.len()), (Some("db"), 1));
    assert!(recorder.tree().contains("named error rows=2 n=2"), "{}", recorder.tree());
}

#[isolated_hub]
fn temporaries() -> usize {
    #[span]
    let kept = &String::from("kept alive");
    #[span]
    let nested = Some(&String::from("as well"));
    let ready = #[span]
    {
        ready(1)
    };
    drop(ready);
    kept.len() + nested.map_or(0, String::len)
}

#[test]
fn let_keeps_temporaries_alive() {
    assert_eq!(temporaries(), 17);
}
