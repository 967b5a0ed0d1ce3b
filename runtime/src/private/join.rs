//! The branches of `join!` and `try_join!`.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::future::{InHub, hub_future};
use crate::hub::Origin;
use crate::private::unit::IsFuture;

pin_project! {
    /// A future in a hub of its own, and then what it returned.
    pub struct Branch<F: Future> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = BranchState]
    #[project_replace = TakenState]
    enum State<F: Future> {
        Running {
            #[pin]
            future: InHub<F>,
        },
        Done {
            output: F::Output,
        },
        Taken,
    }
}

impl<F: Future> fmt::Debug for Branch<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Branch")
    }
}

/// Gives a branch a clone of the current hub.
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn branch<F: IsFuture<Kind>, Kind>(future: F) -> Branch<F::Future> {
    let future = hub_future(Origin::cloned().passing_on(), future.future());
    Branch { state: State::Running { future } }
}

/// Whose turn it is to be polled first. tokio lets a task do so much at a time, and whoever uses that up is each
/// time another.
#[derive(Debug)]
pub struct Turns {
    first: usize,
    count: usize,
}

impl Turns {
    /// Of so many branches.
    pub fn of(count: usize) -> Self {
        Turns { first: 0, count }
    }

    /// Polls each branch; says whether all have returned.
    pub fn all(&mut self, mut poll: impl FnMut(usize) -> bool) -> bool {
        self.try_all::<Infallible>(|at| Ok(poll(at))).unwrap_or_else(|never| match never {})
    }

    /// Polls each branch until one gives an error; says whether all have returned.
    ///
    /// # Errors
    /// One returned one.
    pub fn try_all<E>(&mut self, mut poll: impl FnMut(usize) -> Result<bool, E>) -> Result<bool, E> {
        let first = self.first;
        self.first = (first + 1) % self.count;
        (first..self.count).chain(0..first).try_fold(true, |all, at| Ok(poll(at)? && all))
    }
}

impl<F: Future> Branch<F> {
    /// Polls the branch, unless it has returned; says whether it has.
    pub fn poll_branch(self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let mut state = self.project().state;
        let BranchState::Running { future } = state.as_mut().project() else { return true };
        let Poll::Ready(output) = future.poll(cx) else { return false };
        state.set(State::Done { output });
        true
    }

    /// What the branch returned.
    ///
    /// # Panics
    /// It has not returned, or this was taken.
    #[allow(clippy::panic, reason = "as of any future that is polled after it has completed")]
    pub fn take_output(self: Pin<&mut Self>) -> F::Output {
        match self.project().state.project_replace(State::Taken) {
            TakenState::Done { output } => output,
            _ => panic!("`join!` was polled after it had completed"),
        }
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> Branch<F> {
    /// Polls the branch, unless it has returned; says whether it has, or gives its error.
    ///
    /// # Errors
    /// The branch returned one.
    pub fn poll_try_branch(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Result<bool, E> {
        let was_running = matches!(self.state, State::Running { .. });
        if !self.as_mut().poll_branch(cx) {
            return Ok(false);
        }
        match &self.state {
            State::Done { output: Err(_) } if was_running => match self.take_output() {
                Err(error) => Err(error),
                Ok(_) => Ok(true),
            },
            _ => Ok(true),
        }
    }

    /// What the branch returned, when it is known to be no error.
    ///
    /// # Panics
    /// It has not returned, or this was taken.
    #[allow(clippy::panic, reason = "as of any future that is polled after it has completed")]
    pub fn take_ok(self: Pin<&mut Self>) -> T {
        match self.take_output() {
            Ok(output) => output,
            Err(_) => panic!("`try_join!` was polled after it had completed"),
        }
    }
}
