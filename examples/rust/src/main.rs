//! Handles orders from a Kafka topic: charges each one's card and prints a line.
use base64::{engine::general_purpose::STANDARD, Engine};
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

#[derive(Deserialize)]
struct Event {
    records: HashMap<String, Vec<Record>>,
}

#[derive(Deserialize)]
struct Record {
    offset: i64,
    value: String,
}

#[derive(Deserialize)]
struct Order {
    id: i64,
    customer: String,
    item: String,
    amount: f64,
    card: String,
}

/// Orders whose card was declined; lives as long as the execution environment.
type Declined = Mutex<HashSet<i64>>;

fn charge(order: &Order, declined: &Declined) -> Result<(), Error> {
    if order.card == "declined-once" && declined.lock().unwrap().insert(order.id) {
        return Err(format!("order {}: the payment gateway declined the card", order.id).into());
    }
    Ok(())
}

async fn handle(event: LambdaEvent<Event>, declined: &Declined) -> Result<(), Error> {
    for (partition, records) in event.payload.records {
        for record in records {
            let order: Order = serde_json::from_slice(&STANDARD.decode(record.value)?)?;
            charge(&order, declined)?;
            println!(
                "order {} ({} @ {}): {} for {}, {:.2}",
                order.id, partition, record.offset, order.item, order.customer, order.amount
            );
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let declined = Declined::default();
    run(service_fn(|event| handle(event, &declined))).await
}
