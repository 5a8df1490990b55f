package orders;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.KafkaEvent;
import com.google.gson.Gson;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Handles orders from a Kafka topic: charges each one's card and prints a line. */
public class App implements RequestHandler<KafkaEvent, Void> {
  private static final class Order {
    int id;
    String customer;
    String item;
    double amount;
    String card;
  }

  private static final class PaymentDeclined extends RuntimeException {
    PaymentDeclined(int id) {
      super("order " + id + ": the payment gateway declined the card");
    }
  }

  // Orders whose card was declined; lives as long as the execution environment.
  private final Set<Integer> declined = new HashSet<>();
  private final Gson gson = new Gson();

  private void charge(Order order) {
    if (order.card.equals("declined-once") && declined.add(order.id)) {
      throw new PaymentDeclined(order.id);
    }
  }

  @Override
  public Void handleRequest(KafkaEvent event, Context context) {
    event.getRecords().forEach((partition, records) -> records.forEach(record -> {
      String value =
          new String(Base64.getDecoder().decode(record.getValue()), StandardCharsets.UTF_8);
      Order order = gson.fromJson(value, Order.class);
      charge(order);
      System.out.printf(Locale.ROOT, "order %d (%s @ %d): %s for %s, %.2f%n", order.id, partition,
          record.getOffset(), order.item, order.customer, order.amount);
    }));
    return null;
  }
}
