//! A handler with an internal extension beside it, which takes what the handler has left to do after
//! its answer. SIGTERM, which a runtime gets where there is an extension, is kept too.
use extensions::{event_json, keep};
use lambda_extension::{service_fn, Error, Extension, LambdaEvent};
use serde_json::{json, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{signal, SignalKind};
use tokio::sync::{mpsc, Mutex};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (to_flush, flushed) = mpsc::unbounded_channel::<Value>();
    let flushed = Arc::new(Mutex::new(flushed));
    let extension = Extension::new()
        .with_extension_name("flusher")
        .with_events(&["INVOKE"])
        .with_events_processor(service_fn(move |event: LambdaEvent| {
            let flushed = flushed.clone();
            async move {
                keep(json!({"event": event_json(&event.next)}));
                if let Some(what) = flushed.lock().await.recv().await {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    keep(json!({"flushed": what}));
                }
                Ok::<(), Error>(())
            }
        }))
        .register()
        .await?;
    let handler = lambda_runtime::run(lambda_runtime::service_fn(
        move |event: lambda_runtime::LambdaEvent<Value>| {
            let to_flush = to_flush.clone();
            async move {
                println!("handling {}", event.payload);
                to_flush.send(event.payload.clone())?;
                Ok::<Value, Error>(event.payload)
            }
        },
    ));
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = extension.run() => ended,
        ended = handler => ended,
        _ = terminated.recv() => {
            keep(json!({"signal": "SIGTERM"}));
            Ok(())
        }
    }
}
