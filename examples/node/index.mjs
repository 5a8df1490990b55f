// Handles orders from a Kafka topic: charges each one's card and prints a line.

// Orders whose card was declined; lives as long as the execution environment.
const declined = new Set();

class PaymentDeclined extends Error {
  name = "PaymentDeclined";
}

function charge(order) {
  if (order.card === "declined-once" && !declined.has(order.id)) {
    declined.add(order.id);
    throw new PaymentDeclined(`order ${order.id}: the payment gateway declined the card`);
  }
}

export async function handler(event) {
  for (const [partition, records] of Object.entries(event.records)) {
    for (const record of records) {
      const order = JSON.parse(Buffer.from(record.value, "base64").toString());
      charge(order);
      console.log(
        `order ${order.id} (${partition} @ ${record.offset}): ` +
          `${order.item} for ${order.customer}, ${order.amount.toFixed(2)}`,
      );
    }
  }
}
