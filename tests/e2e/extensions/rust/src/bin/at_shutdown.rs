//! Registered for SHUTDOWN alone: no invocation waits for it.
use extensions::keep_event;
use lambda_extension::{service_fn, Error, Extension};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let events = Extension::new().with_events(&["SHUTDOWN"]);
    events.with_events_processor(service_fn(keep_event)).run().await
}
