"""Handles orders from a Kafka topic, and says which of a batch it could not handle."""
import base64
import json

declined = set()  # orders whose card was declined; lives as long as the execution environment


class PaymentDeclined(Exception):
    pass


def charge(order):
    if order["card"] == "stolen":
        raise PaymentDeclined(f"order {order['id']}: the card was stolen")
    if order["card"] == "declined-once" and order["id"] not in declined:
        declined.add(order["id"])
        raise PaymentDeclined(f"order {order['id']}: the payment gateway declined the card")


def handler(event, context):
    failures = []
    for partition, records in event["records"].items():
        for record in records:
            order = json.loads(base64.b64decode(record["value"]))
            try:
                charge(order)
            except PaymentDeclined as problem:
                print(problem)
                identifier = {"partition": partition, "offset": record["offset"]}
                failures.append({"itemIdentifier": identifier})
                break  # what follows in this partition comes again behind the failed order
            print(f"order {order['id']} ({partition} @ {record['offset']}): "
                  f"{order['item']} for {order['customer']}, {order['amount']:.2f}")
    return {"batchItemFailures": failures}
