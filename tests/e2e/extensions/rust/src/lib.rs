//! What the programs of this crate got stands in $AGENT_DIR/<program>.jsonl, one {"event": …} or
//! {"record": …} a line, in the API's words.
use lambda_extension::{Error, LambdaEvent, LambdaLog, LambdaLogRecord, NextEvent};
use serde_json::{json, Value};
use std::io::Write;
use std::net::TcpListener;

pub fn keep(line: Value) {
    let directory = std::env::var("AGENT_DIR").expect("AGENT_DIR is not set");
    let program = std::env::current_exe().expect("the program has no name");
    let name = program.file_name().expect("the program has no name").to_string_lossy();
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(format!("{directory}/{name}.jsonl"))
        .expect("AGENT_DIR cannot be written to");
    file.write_all(format!("{line}\n").as_bytes()).expect("AGENT_DIR cannot be written to");
}

pub fn event_json(event: &NextEvent) -> Value {
    match event {
        NextEvent::Invoke(invoke) => json!({
            "eventType": "INVOKE",
            "requestId": invoke.request_id,
            "deadlineMs": invoke.deadline_ms,
            "invokedFunctionArn": invoke.invoked_function_arn,
            "tracing": {"type": invoke.tracing.r#type, "value": invoke.tracing.value},
        }),
        NextEvent::Shutdown(shutdown) => json!({
            "eventType": "SHUTDOWN",
            "shutdownReason": shutdown.shutdown_reason,
            "deadlineMs": shutdown.deadline_ms,
        }),
    }
}

pub async fn keep_event(event: LambdaEvent) -> Result<(), Error> {
    keep(json!({"event": event_json(&event.next)}));
    Ok(())
}

pub async fn keep_logs(logs: Vec<LambdaLog>) -> Result<(), Error> {
    for log in logs {
        let (name, record) = log_json(log.record);
        keep(json!({"record": {"time": log.time.to_rfc3339(), "type": name, "record": record}}));
    }
    Ok(())
}

fn log_json(record: LambdaLogRecord) -> (&'static str, Value) {
    match record {
        LambdaLogRecord::Function(line) => ("function", json!(line)),
        LambdaLogRecord::Extension(line) => ("extension", json!(line)),
        LambdaLogRecord::PlatformStart { request_id } => {
            ("platform.start", json!({"requestId": request_id}))
        }
        LambdaLogRecord::PlatformEnd { request_id } => {
            ("platform.end", json!({"requestId": request_id}))
        }
        LambdaLogRecord::PlatformReport { request_id, metrics } => (
            "platform.report",
            json!({"requestId": request_id, "durationMs": metrics.duration_ms,
                   "billedDurationMs": metrics.billed_duration_ms,
                   "memorySizeMB": metrics.memory_size_mb}),
        ),
        LambdaLogRecord::PlatformRuntimeDone { request_id, status } => {
            ("platform.runtimeDone", json!({"requestId": request_id, "status": status}))
        }
        LambdaLogRecord::PlatformFault(text) => ("platform.fault", json!(text)),
        LambdaLogRecord::PlatformExtension { name, state, events } => {
            ("platform.extension", json!({"name": name, "state": state, "events": events}))
        }
        LambdaLogRecord::PlatformLogsSubscription { name, state, types } => {
            ("platform.logsSubscription", json!({"name": name, "state": state, "types": types}))
        }
        LambdaLogRecord::PlatformLogsDropped { dropped_records, .. } => {
            ("platform.logsDropped", json!({"droppedRecords": dropped_records}))
        }
    }
}

/// One that nobody listens at: the crate takes a number, and environments run side by side.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").expect("no port is free");
    listener.local_addr().expect("the listener has no address").port()
}
