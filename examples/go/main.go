// Handles orders from a Kafka topic: charges each one's card and prints a line.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

type order struct {
	ID       int     `json:"id"`
	Customer string  `json:"customer"`
	Item     string  `json:"item"`
	Amount   float64 `json:"amount"`
	Card     string  `json:"card"`
}

// Orders whose card was declined; lives as long as the execution environment.
var declined = map[int]bool{}

func charge(o order) error {
	if o.Card == "declined-once" && !declined[o.ID] {
		declined[o.ID] = true
		return fmt.Errorf("order %d: the payment gateway declined the card", o.ID)
	}
	return nil
}

func handle(ctx context.Context, event events.KafkaEvent) error {
	for partition, records := range event.Records {
		for _, record := range records {
			value, err := base64.StdEncoding.DecodeString(record.Value)
			if err != nil {
				return err
			}
			var o order
			if err := json.Unmarshal(value, &o); err != nil {
				return err
			}
			if err := charge(o); err != nil {
				return err
			}
			fmt.Printf("order %d (%s @ %d): %s for %s, %.2f\n", o.ID, partition, record.Offset,
				o.Item, o.Customer, o.Amount)
		}
	}
	return nil
}

func main() {
	lambda.Start(handle)
}
