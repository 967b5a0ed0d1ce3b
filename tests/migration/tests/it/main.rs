//! A program on sentry, tracing, tracing-opentelemetry and OpenTelemetry's API, on its way to isohub: what
//! `runtime/docs/migrating.md` says.

mod alone;
mod before;
mod libraries;
mod seen;
mod step_1;
mod step_2;
mod step_3;
mod who_sees_what;
