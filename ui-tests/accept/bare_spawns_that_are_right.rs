//! What looks like forgotten isolation and is none: each stands beside a case of `reject/`.

#![deny(warnings)]

use std::pin::Pin;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use isohub::{Hub, HubFutureExt as _, isolated_hub, parallel_span, span, spawn_isolated};
use tokio::task::{JoinSet, LocalSet, spawn_local};
use tokio::time::timeout;

async fn plain() -> u8 {
    1
}

#[isolated_hub]
async fn isolated() -> u8 {
    1
}

#[parallel_span(fields(id))]
async fn parallel(id: u64) -> u8 {
    u8::try_from(id).unwrap_or(0) * plain().await
}

#[isolated_hub]
fn returned() -> impl Future<Output = u8> + Send {
    plain()
}

#[isolated_hub(tags(id = id))]
fn returned_early(id: u8) -> impl Future<Output = u8> + Send + use<> {
    if id == 0 {
        return plain().boxed();
    }
    plain().boxed()
}

#[isolated_hub]
async fn generic<T: Clone + Send, const N: usize>(list: [T; N]) -> u8 {
    drop(list.clone());
    1
}

fn boxed() -> BoxFuture<'static, u8> {
    Box::pin(plain())
}

fn boxed_unpin() -> Box<dyn Future<Output = u8> + Send + Unpin> {
    Box::new(Box::pin(plain()))
}

#[span]
fn boxed_with_a_span() -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(plain())
}

mod jobs {
    #[isohub::isolated_hub]
    pub async fn run() -> u8 {
        1
    }
}

struct Server;

impl Server {
    #[isolated_hub]
    async fn handle(self: std::sync::Arc<Self>) -> u8 {
        1
    }

    #[isolated_hub]
    async fn accept(self: std::sync::Arc<Self>) -> u8 {
        tokio::spawn(Self::handle(self.clone())).await.unwrap_or(0)
            + tokio::spawn(Server::handle(self.clone())).await.unwrap_or(0)
            + tokio::spawn(self.handle()).await.unwrap_or(0)
    }
}

#[isolated_hub]
async fn calls() -> u8 {
    let unit = plain();
    let sum = tokio::spawn(isolated()).await.unwrap_or(0)
        + tokio::task::spawn(parallel(1)).await.unwrap_or(0)
        + tokio::spawn(returned()).await.unwrap_or(0)
        + tokio::spawn(returned_early(1)).await.unwrap_or(0)
        + tokio::spawn(generic([1, 2])).await.unwrap_or(0)
        + tokio::spawn(jobs::run()).await.unwrap_or(0)
        + tokio::spawn(boxed()).await.unwrap_or(0)
        + tokio::spawn(boxed_unpin()).await.unwrap_or(0)
        + tokio::spawn(boxed_with_a_span()).await.unwrap_or(0)
        + tokio::spawn(plain().isolated()).await.unwrap_or(0)
        + tokio::spawn(plain().bind_hub(Hub::current())).await.unwrap_or(0)
        + tokio::spawn(isohub::isolated!(plain())).await.unwrap_or(0)
        + tokio::spawn(isohub::parallel!("plain", async { plain().await })).await.unwrap_or(0)
        + tokio::spawn(plain().map(|one| one)).await.unwrap_or(0)
        + tokio::spawn(async { 1 }.boxed()).await.unwrap_or(0)
        + tokio::spawn(unit).await.unwrap_or(0)
        + tokio::spawn(Box::pin(isolated())).await.unwrap_or(0)
        + tokio::spawn(if true { isolated() } else { isolated() }).await.unwrap_or(0);
    let in_time = tokio::spawn(timeout(Duration::from_secs(9), parallel(1))).await;
    sum + in_time.map_or(0, |in_time| in_time.unwrap_or(0))
}

#[isolated_hub]
async fn literals() -> u8 {
    let sum = tokio::spawn(
        #[isolated_hub]
        async { 1 },
    );
    let both = tokio::spawn(Box::pin(
        #[parallel_span]
        async { 1 },
    ));
    let job = tokio::task::spawn_blocking(
        #[isolated_hub]
        move || 1,
    );
    let (a, b) = tokio::join!(plain(), parallel(1));
    let (c, d) = isohub::join!(async { 1 }, async { 1 });
    sum.await.unwrap_or(0) + both.await.unwrap_or(0) + job.await.unwrap_or(0) + a + b + c + d
}

/// Takes the place of a spawner, and is none.
fn spawn(unit: impl Future<Output = u8>) {
    drop(unit);
}

struct Pool(Vec<u8>);

impl Pool {
    fn spawn(&mut self, job: u8) {
        self.0.push(job);
    }
}

#[span]
async fn others(pool: &mut Pool) {
    spawn(plain());
    spawn(async { 1 });
    pool.spawn(1);
    let job = || 1;
    assert_eq!(std::thread::spawn(job).join().ok(), Some(1));
    let mut set = JoinSet::new();
    set.spawn(plain());
    spawn_isolated!(in set, async { 1 });
    assert_eq!(set.join_all().await, [1, 1]);
    assert!(Command::new("isohub-no-such-program").spawn().is_err());
    // An item has its own attribute, or none.
    async fn unannotated() -> u8 {
        tokio::spawn(async { 1 }).await.unwrap_or(0)
    }
    assert_eq!(unannotated().await, 1);
    assert_eq!(stringify!(tokio::spawn(async {})).len(), 22);
}

#[isolated_hub(allow(bare_spawn))]
async fn meant() -> u8 {
    tokio::spawn(plain()).await.unwrap_or(0) + tokio::spawn(async { 1 }).await.unwrap_or(0)
}

#[parallel_span]
async fn meant_inside() -> u8 {
    let inner = #[isolated_hub(allow(bare_spawn,),)]
    async {
        let (a, b) = tokio::join!(async { 1 }, async { 1 });
        tokio::spawn(plain()).await.unwrap_or(0) + a + b
    };
    let unit = isohub::isolated!(allow(bare_spawn), async { tokio::spawn(async { 1 }).await.unwrap_or(0) });
    inner.await + unit.await
}

#[isolated_hub]
async fn variables<F: Future<Output = u8> + Send + 'static>(make: impl Fn() -> F) -> u8 {
    let prepared = || std::future::ready(1);
    let unit = |one: u8| isohub::isolated!(async move { one });
    let more = tokio::spawn(unit(1)).await.unwrap_or(0);
    tokio::spawn(make()).await.unwrap_or(0) + tokio::spawn(prepared()).await.unwrap_or(0) + more
}

trait Job {
    async fn one() -> u8;

    fn two(id: u8) -> impl Future<Output = u8> + Send;

    #[parallel_span]
    async fn three(&self) -> u8 {
        3
    }

    async fn four(&self) -> u8;
}

struct Plain;

/// What the trait says is what is returned: no lint says that an implementation promises more.
impl Job for Plain {
    #[isolated_hub]
    async fn one() -> u8 {
        1
    }

    #[parallel_span]
    fn two(id: u8) -> impl Future<Output = u8> + Send {
        async move { id }
    }

    async fn three(&self) -> u8 {
        3
    }

    #[isolated_hub]
    async fn four(&self) -> u8 {
        4
    }
}

#[isolated_hub]
async fn local() -> u8 {
    #[isolated_hub]
    async fn counts(count: Rc<u8>) -> u8 {
        *count
    }
    spawn_local(counts(Rc::new(1))).await.unwrap_or(0)
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() {
    let mut pool = Pool(Vec::new());
    others(&mut pool).await;
    assert_eq!((calls().await, literals().await, meant().await, meant_inside().await), (19, 7, 2, 4));
    assert_eq!(std::sync::Arc::new(Server).accept().await, 3);
    assert_eq!(LocalSet::new().run_until(local()).await, 1);
    assert_eq!((variables(|| std::future::ready(1)).await, Plain::one().await, Plain::two(2).await), (3, 1, 2));
    assert_eq!((Plain.three().await, Plain.four().await), (3, 4));
    assert_eq!(pool.0, [1]);
}
