"""Handles orders from a Kafka topic: charges each one's card and prints a line."""
import base64
import json

declined = set()  # orders whose card was declined; lives as long as the execution environment


class PaymentDeclined(Exception):
    pass


def charge(order):
    if order["card"] == "declined-once" and order["id"] not in declined:
        declined.add(order["id"])
        raise PaymentDeclined(f"order {order['id']}: the payment gateway declined the card")


def handler(event, context):
    for partition, records in event["records"].items():
        for record in records:
            order = json.loads(base64.b64decode(record["value"]))
            charge(order)
            print(f"order {order['id']} ({partition} @ {record['offset']}): "
                  f"{order['item']} for {order['customer']}, {order['amount']:.2f}")
