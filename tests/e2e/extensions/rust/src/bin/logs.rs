//! The Logs API's records, types and buffering as the crate has them.
use extensions::{free_port, keep_logs};
use lambda_extension::{service_fn, Error, Extension, SharedService};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Extension::new()
        .with_logs_processor(SharedService::new(service_fn(keep_logs)))
        .with_log_port_number(free_port())
        .run()
        .await
}
