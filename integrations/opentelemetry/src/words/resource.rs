//! What is known of the program.

use std::env::{self, consts};
use std::path::Path;

use isohub::Resource;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::resource::v1;

use super::attributes::{Attributes, text};

/// The resource: what was said to the sink, then what the pipeline knows, then what is found out.
pub(crate) fn resource(
    said: &[(String, String)],
    known: &Resource,
    found: &[(&str, String)],
) -> v1::Resource {
    let mut attributes = Attributes::default();
    attributes.add("telemetry.sdk.name", text("isohub"));
    attributes.add("telemetry.sdk.language", text("rust"));
    attributes.add("telemetry.sdk.version", text(env!("CARGO_PKG_VERSION")));
    for (key, value) in said {
        attributes.add(key, text(value));
    }
    attributes.add_text("service.name", known.service.as_deref());
    // A release is often written `name@version`.
    let release =
        known.release.as_deref().map(|it| it.split_once('@').map_or((None, it), |(a, b)| (Some(a), b)));
    if let Some((name, version)) = release {
        attributes.add_text("service.name", name.filter(|it| !it.is_empty()));
        attributes.add("service.version", text(version));
    }
    attributes.add_text("deployment.environment.name", known.environment.as_deref());
    attributes.add_text("host.name", known.server_name.as_deref());
    for (key, value) in found {
        attributes.add(key, text(value));
    }
    attributes.add("process.pid", any_value::Value::IntValue(std::process::id().into()));
    v1::Resource { attributes: attributes.list, ..v1::Resource::default() }
}

/// What can be found out of the program and its machine.
pub(crate) fn detected() -> Vec<(&'static str, String)> {
    let executable = env::current_exe().ok();
    let name = executable.as_deref().and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
    let service = name.as_deref().map_or("unknown_service".to_owned(), |it| format!("unknown_service:{it}"));
    let arch = match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "x86",
        other => other,
    };
    let os = if consts::OS == "macos" { "darwin" } else { consts::OS };
    let mut found =
        vec![("service.name", service), ("host.arch", arch.to_owned()), ("os.type", os.to_owned())];
    found.extend(hostname::get().ok().map(|it| ("host.name", it.to_string_lossy().into_owned())));
    found.extend(name.map(|it| ("process.executable.name", it)));
    found
}
