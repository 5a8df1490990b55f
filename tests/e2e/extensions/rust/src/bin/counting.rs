//! A service of its own, which keeps its state from one event to the next.
use extensions::{event_json, keep};
use lambda_extension::{run, Error, LambdaEvent, Service};
use serde_json::json;
use std::future::{ready, Ready};
use std::task::{Context, Poll};

#[derive(Default)]
struct Counter {
    events: usize,
}

impl Service<LambdaEvent> for Counter {
    type Response = ();
    type Error = Error;
    type Future = Ready<Result<(), Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent) -> Self::Future {
        self.events += 1;
        keep(json!({"event": event_json(&event.next), "count": self.events}));
        ready(Ok(()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(Counter::default()).await
}
