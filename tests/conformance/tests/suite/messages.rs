//! Values that travel with the hub of their sender, and requests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::routing::get;
use isohub::{Carried, carry, parallel_span};
use isohub_conformance::{
    Ability, Adapter, Body, Boxed, Creator, Ended, Ending, Held, Plan, Probe, Refused, Scene, caught, drive,
};
use tower::ServiceExt as _;

use crate::jobs::work;
use crate::one_task::{self, Calls, REUSE, Unit};

/// A channel whose receiver handles several at once.
pub(crate) fn channel_of_futures() -> Calls {
    #[isohub::span("unit")]
    async fn handle(body: Body) -> Ending {
        body.await
    }
    fn make(body: Body) -> Unit {
        let (sender, received) = futures::channel::oneshot::channel();
        assert!(sender.send(carry(body)).is_ok(), "it is not closed");
        Box::pin(caught(async {
            let message: Carried<Body> = received.await.expect("it was sent");
            message.handle_async(handle).await
        }))
    }
    const LACKS: &[(Ability, &str)] =
        &[REUSE, (Ability::Merge, "what handles a message has no way back to its sender")];
    Calls { make, lacks: LACKS, ..one_task::join_all() }
}

enum Message {
    Work(Carried<Body>, Sender<Ending>),
    Bare(Probe),
    /// The last one that is handled.
    Stop(Probe),
}

/// An actor: one thread that handles what is in its mailbox.
pub(crate) struct Actor(Mutex<Sender<Message>>);

impl Actor {
    pub(crate) fn new() -> Self {
        let (mailbox, received) = channel();
        thread::spawn(|| {
            for message in received {
                match message {
                    Message::Work(body, ended) => {
                        let handled = || body.handle(work);
                        // Nothing is sent of one that panics.
                        let _ = catch_unwind(AssertUnwindSafe(handled)).map(|ending| ended.send(ending));
                    }
                    Message::Bare(probe) => probe.run(),
                    Message::Stop(probe) => return probe.run(),
                }
            }
        });
        Actor(Mutex::new(mailbox))
    }

    fn mailbox(&self) -> Sender<Message> {
        self.0.lock().expect("no panic in here").clone()
    }
}

impl Adapter for Actor {
    fn stage(&self, creator: Creator) {
        drive(creator, thread::yield_now);
    }

    fn play(&self, mut scene: Scene) -> Boxed<Vec<Ended>> {
        let mailbox = self.mailbox();
        Box::pin(async move {
            let is_stopped = scene.plan() == Plan::Drop;
            let stop = |probe| mailbox.send(Message::Stop(probe)).expect("the actor lives");
            let held = Held::threads(usize::from(is_stopped), stop);
            let answers = scene.create(|body| {
                let (ended, answer) = channel();
                mailbox.send(Message::Work(carry(body), ended)).expect("the actor lives");
                answer
            });
            drop(held);
            let otherwise = if is_stopped { Ended::Cancelled } else { Ended::Panicked };
            answers.into_iter().map(|it| it.recv().map_or(otherwise, Ended::from)).collect()
        })
    }

    fn reuse(&self, probe: Probe) -> Boxed<()> {
        let sent = self.mailbox().send(Message::Bare(probe));
        Box::pin(async { sent.expect("the actor lives") })
    }

    fn lacks(&self) -> &[(Ability, &'static str)] {
        &[
            (Ability::Together, "an actor handles one message at a time"),
            (Ability::Nest, "an actor that waits for itself waits for ever"),
            (Ability::Move, "an actor is one thread"),
            (Ability::Cancel, "what is handled on a thread cannot be cancelled"),
            (Ability::Merge, "what handles a message has no way back to its sender"),
        ]
    }
}

type Cell = Arc<Mutex<Option<Body>>>;

#[parallel_span("unit")]
async fn handler(Extension(body): Extension<Cell>) -> Result<StatusCode, StatusCode> {
    let body = body.lock().expect("no panic in here").take().expect("one request, one handler");
    body.await.map(|()| StatusCode::OK).map_err(|Refused| StatusCode::CONFLICT)
}

/// A handler of axum, called by its router.
pub(crate) fn web_request() -> Calls {
    fn make(body: Body) -> Unit {
        let cell: Cell = Arc::new(Mutex::new(Some(body)));
        let mut request = Request::new(HttpBody::empty());
        request.extensions_mut().insert(cell);
        Box::pin(caught(async {
            let response = Router::new().route("/", get(handler)).oneshot(request).await;
            let status = response.expect("a router does not fail").status();
            if status.is_success() { Ok(()) } else { Err(Refused) }
        }))
    }
    const LACKS: &[(Ability, &str)] = &[
        (Ability::InTurn, "the router calls the handler when it is polled"),
        (Ability::Meanwhile, "the router calls the handler when it is polled"),
        (Ability::Unrun, "a handler that was not called has no hub"),
        (Ability::Merge, "a request ends with its hub"),
        REUSE,
    ];
    Calls { make, lacks: LACKS, ..one_task::join_all() }
}
