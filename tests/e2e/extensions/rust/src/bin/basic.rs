//! INVOKE and SHUTDOWN, as the crate's `run` registers for. With AGENT_MODE=fail it fails at its
//! first event.
use extensions::keep_event;
use lambda_extension::{run, service_fn, Error, LambdaEvent};

async fn take(event: LambdaEvent) -> Result<(), Error> {
    keep_event(event).await?;
    if std::env::var("AGENT_MODE").is_ok_and(|mode| mode == "fail") {
        return Err("as asked".into());
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(take)).await
}
