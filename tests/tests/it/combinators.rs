//! The ways to run several futures at once in one task, in lists, so that what holds for one is tested of all.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use futures::future::{self, Either, FutureExt as _, LocalBoxFuture};
use futures::stream::{self, FuturesOrdered, FuturesUnordered, StreamExt as _, TryStreamExt as _};

use crate::support::pause;

/// A future that is to run beside others.
pub(crate) type Branch = LocalBoxFuture<'static, String>;

/// Runs two branches until both have returned.
type Both = fn(Branch, Branch) -> LocalBoxFuture<'static, [String; 2]>;

/// Runs two branches until the second has returned; then the first is dropped.
type Race = fn(Branch, Branch) -> Branch;

async fn ok(branch: Branch) -> Result<String, String> {
    Ok(branch.await)
}

async fn err(branch: Branch) -> Result<String, String> {
    Err(branch.await)
}

fn two(returned: Vec<String>) -> [String; 2] {
    let mut returned = <[String; 2]>::try_from(returned).expect("two branches");
    returned.sort();
    returned
}

/// In the order in which they were given, or sorted.
pub(crate) const BOTH: &[(&str, Both)] = &[
    ("tokio::join!", |a, b| async { tokio::join!(a, b).into() }.boxed_local()),
    ("tokio::join!(biased; ..)", |a, b| async { tokio::join!(biased; a, b).into() }.boxed_local()),
    ("tokio::try_join!", |a, b| {
        async { tokio::try_join!(ok(a), ok(b)).expect("no error").into() }.boxed_local()
    }),
    ("tokio::select! in a loop", |a, b| {
        async {
            let (mut a, mut b, mut returned) = (a, b, [None, None]);
            while returned.contains(&None) {
                tokio::select! {
                    it = &mut a, if returned[0].is_none() => returned[0] = Some(it),
                    it = &mut b, if returned[1].is_none() => returned[1] = Some(it),
                }
            }
            returned.map(Option::unwrap_or_default)
        }
        .boxed_local()
    }),
    ("futures::join!", |a, b| async { futures::join!(a, b).into() }.boxed_local()),
    ("futures::try_join!", |a, b| {
        async { futures::try_join!(ok(a), ok(b)).expect("no error").into() }.boxed_local()
    }),
    ("futures::select! in a loop", |a, b| {
        async {
            let (mut a, mut b, mut returned) = (a.fuse(), b.fuse(), [None, None]);
            loop {
                futures::select! {
                    it = a => returned[0] = Some(it),
                    it = b => returned[1] = Some(it),
                    complete => return returned.map(Option::unwrap_or_default),
                }
            }
        }
        .boxed_local()
    }),
    ("futures::join", |a, b| future::join(a, b).map(Into::into).boxed_local()),
    ("select, then the other", |a, b| {
        async {
            match future::select(a, b).await {
                Either::Left((a, b)) => [a, b.await],
                Either::Right((b, a)) => [a.await, b],
            }
        }
        .boxed_local()
    }),
    ("join_all", |a, b| future::join_all([a, b]).map(two).boxed_local()),
    ("try_join_all", |a, b| {
        future::try_join_all([ok(a), ok(b)]).map(|all| two(all.expect("no error"))).boxed_local()
    }),
    ("select_all until none is left", |a, b| {
        async {
            let (mut left, mut returned) = (vec![a, b], Vec::new());
            while !left.is_empty() {
                let (it, _, others) = future::select_all(left).await;
                returned.push(it);
                left = others;
            }
            two(returned)
        }
        .boxed_local()
    }),
    ("FuturesUnordered", |a, b| {
        FuturesUnordered::from_iter([a, b]).collect::<Vec<_>>().map(two).boxed_local()
    }),
    ("FuturesOrdered", |a, b| FuturesOrdered::from_iter([a, b]).collect::<Vec<_>>().map(two).boxed_local()),
    ("buffer_unordered", |a, b| {
        stream::iter([a, b]).buffer_unordered(2).collect::<Vec<_>>().map(two).boxed_local()
    }),
    ("buffered", |a, b| stream::iter([a, b]).buffered(2).collect::<Vec<_>>().map(two).boxed_local()),
    ("try_buffer_unordered", |a, b| {
        let all = stream::iter([ok(a), ok(b)].map(Ok::<_, String>)).try_buffer_unordered(2);
        all.try_collect::<Vec<_>>().map(|all| two(all.expect("no error"))).boxed_local()
    }),
    ("for_each_concurrent", |a, b| {
        async {
            let returned = std::cell::RefCell::new(Vec::new());
            let push = async |branch: Branch| {
                let it = branch.await;
                returned.borrow_mut().push(it);
            };
            stream::iter([a, b]).for_each_concurrent(None, push).await;
            two(returned.into_inner())
        }
        .boxed_local()
    }),
    ("streams that are merged", |a, b| {
        stream::select(stream::once(a), stream::once(b)).collect::<Vec<_>>().map(two).boxed_local()
    }),
    ("streams that are zipped", |a, b| {
        async { stream::once(a).zip(stream::once(b)).next().await.expect("a pair").into() }.boxed_local()
    }),
    ("a combinator of one's own", |a, b| in_turns(vec![a, b]).map(two).boxed_local()),
    ("another, which polls them in an order that changes", |a, b| {
        backwards(vec![a, b]).map(two).boxed_local()
    }),
];

/// As those of crates such as futures-concurrency: polls all that have not returned.
async fn in_turns(branches: Vec<Branch>) -> Vec<String> {
    let mut branches: Vec<_> = branches.into_iter().map(future::maybe_done).map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        let ready = branches.iter_mut().map(|branch| branch.as_mut().poll(cx).is_ready());
        if ready.fold(true, |all, ready| all & ready) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    branches.iter_mut().filter_map(|branch| branch.as_mut().take_output()).collect()
}

/// Turns the order round after each poll, and polls some that are not woken.
async fn backwards(mut branches: Vec<Branch>) -> Vec<String> {
    let mut returned = Vec::new();
    while !branches.is_empty() {
        let mut left = Vec::new();
        for mut branch in branches.into_iter().rev() {
            match branch.as_mut().now_or_never() {
                Some(it) => returned.push(it),
                None => left.push(branch),
            }
        }
        branches = left;
        pause().await;
    }
    returned
}

pub(crate) const RACES: &[(&str, Race)] = &[
    ("tokio::select!", |a, b| {
        async {
            tokio::select! { it = a => it, it = b => it }
        }
        .boxed_local()
    }),
    ("tokio::select!(biased; ..)", |a, b| {
        async {
            tokio::select! { biased; it = a => it, it = b => it }
        }
        .boxed_local()
    }),
    ("tokio::try_join!", |a, b| {
        async { tokio::try_join!(ok(a), err(b)).expect_err("the second fails") }.boxed_local()
    }),
    ("futures::select!", |a, b| {
        async {
            let (mut a, mut b) = (a.fuse(), b.fuse());
            futures::select! { it = a => it, it = b => it }
        }
        .boxed_local()
    }),
    ("futures::select_biased!", |a, b| {
        async {
            let (mut a, mut b) = (a.fuse(), b.fuse());
            futures::select_biased! { it = a => it, it = b => it }
        }
        .boxed_local()
    }),
    ("futures::try_join!", |a, b| {
        async { futures::try_join!(ok(a), err(b)).expect_err("the second fails") }.boxed_local()
    }),
    ("select", |a, b| future::select(a, b).map(|it| it.factor_first().0).boxed_local()),
    ("select_all", |a, b| future::select_all([a, b]).map(|it| it.0).boxed_local()),
    ("select_ok", |a, b| {
        future::select_ok([ok(a).boxed_local(), ok(b).boxed_local()])
            .map(|it| it.expect("the second returns").0)
            .boxed_local()
    }),
    ("try_join_all", |a, b| {
        let all = [ok(a).boxed_local(), err(b).boxed_local()];
        future::try_join_all(all).map(|it| it.expect_err("the second fails")).boxed_local()
    }),
    ("the first of FuturesUnordered", |a, b| {
        async { FuturesUnordered::from_iter([a, b]).next().await.expect("the second") }.boxed_local()
    }),
    ("the first of buffer_unordered", |a, b| {
        async { stream::iter([a, b]).buffer_unordered(2).next().await.expect("the second") }.boxed_local()
    }),
    ("take_until", |a, b| {
        async {
            let mut first = pin!(stream::once(a).take_until(b));
            assert_eq!(first.next().await, None);
            first.take_result().expect("the second")
        }
        .boxed_local()
    }),
    ("abortable", |a, b| {
        async {
            let (a, handle) = future::abortable(a);
            let b = b.inspect(|_| handle.abort());
            let (a, b) = future::join(a, b).await;
            assert_eq!(a, Err(future::Aborted));
            b
        }
        .boxed_local()
    }),
    ("dropped by hand", |a, b| {
        async {
            let mut a = a;
            tokio::select! { biased; it = b => it, never = &mut a => never }
        }
        .boxed_local()
    }),
];
