//! Events and function lines in one extension.
use extensions::{free_port, keep_event, keep_logs};
use lambda_extension::{service_fn, Error, Extension, SharedService};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Extension::new()
        .with_events_processor(service_fn(keep_event))
        .with_log_types(&["function"])
        .with_logs_processor(SharedService::new(service_fn(keep_logs)))
        .with_log_port_number(free_port())
        .run()
        .await
}
