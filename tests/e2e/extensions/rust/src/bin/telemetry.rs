//! The Telemetry API's records, as the crate understands them.
use extensions::{free_port, keep};
use lambda_extension::{
    service_fn, Error, Extension, LambdaTelemetry, LogBuffering, SharedService,
};
use serde_json::json;

async fn keep_telemetry(records: Vec<LambdaTelemetry>) -> Result<(), Error> {
    for record in records {
        keep(json!({"record": serde_json::to_value(record)?}));
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    println!("telemetry is ready");
    Extension::new()
        .with_telemetry_types(&["platform", "function", "extension"])
        .with_telemetry_buffering(LogBuffering {
            timeout_ms: 25,
            max_bytes: 262_144,
            max_items: 1_000,
        })
        .with_telemetry_processor(SharedService::new(service_fn(keep_telemetry)))
        .with_telemetry_port_number(free_port())
        .run()
        .await
}
