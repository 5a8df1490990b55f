#include "emulator/doctor/cluster_steps.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

#include "emulator/config/host_name.h"
#include "emulator/config/text.h"
#include "emulator/doctor/at_once.h"
#include "emulator/doctor/compose_file.h"
#include "emulator/doctor/network_look.h"
#include "emulator/doctor/tls_look.h"
#include "emulator/kafka/certificate_text.h"
#include "emulator/kafka/cluster_look.h"
#include "emulator/kafka/record_source.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;

// Only one of them can be used up: what depends on it is skipped then. Topic and group may be both.
constexpr milliseconds kNameLimit{2'000};
constexpr milliseconds kConnectLimit{2'000};
constexpr milliseconds kTlsLimit{3'000};
constexpr milliseconds kEnterLimit{5'000};
constexpr milliseconds kTopicLimit{3'000};
constexpr milliseconds kGroupLimit{4'000};
constexpr int kDaysToRenew = 14;
// What separates what is wrong from how to mend it in the texts of kafka/ and secrets/.
constexpr std::string_view kMending = "; ";

struct Place {
  std::string text;  // "localhost:9092"
  HostPort parts;
  Resolved resolved;
  Connected connected;
};

Check check_of(const SourceProblem& problem) {
  const bool marked = problem.text.find(kMending) != std::string::npos;
  return Check::bad_line(problem.text, marked ? kMending : ": ");
}

class ClusterSteps {
 public:
  ClusterSteps(const ClusterQuestion& question, Examination& examination)
      : question_(question), examination_(examination) {
    for (const auto& broker : split(question.brokers, ','))
      places_.push_back({broker, split_host_port(broker), {}, {}});
  }

  void take() {
    examination_.look("name", {}, [this] { return resolve_names(); });
    examination_.look("port", {"name"}, [this] { return open_ports(); });
    const auto entered = enter();
    if (!question_.secrets.empty() || entered.state == Check::State::Bad)
      examination_.look("secrets", {}, [&] { return entered; });
    if (is_tls())
      examination_.look("TLS", {"name", "port", "secrets"}, [this] { return shake_hands(); });
    if (logs_in())
      examination_.look("login", {"port", "secrets", "TLS"}, [this] { return login(); });
    examination_.look("metadata", {"port", "secrets", "TLS", "login"},
                      [this] { return metadata(); });
    examination_.look("listeners", {"port", "metadata"}, [this] { return listeners(); });
    if (question_.topic.empty()) return;
    examination_.look("topic", {"listeners"}, [this] { return topic(); });
    examination_.look("topic rights", {"topic"}, [this] { return topic_rights(); });
    examination_.look("group rights", {"listeners"}, [this] { return group_rights(); });
  }

 private:
  using Protocol = KafkaSecurity::Protocol;

  bool is_tls() const {
    return security_.protocol == Protocol::Ssl || security_.protocol == Protocol::SaslSsl;
  }
  bool logs_in() const {
    return security_.mechanism != KafkaSecurity::Mechanism::None ||
           !security_.client_certificate.empty();
  }
  const Place& reached() const {
    return *std::find_if(places_.begin(), places_.end(),
                         [](const Place& place) { return place.connected.socket.get() != -1; });
  }

  Check resolve_names();
  Check open_ports();
  Check enter();
  Check shake_hands();
  Check login();
  Check metadata();
  Check listeners();
  Check topic();
  Check topic_rights();
  Check group_rights();
  // What entering the cluster came to, asked once for login and metadata.
  const std::variant<std::vector<AdvertisedBroker>, SourceProblem>& brokers();
  std::string listener_remedy(const std::string& advertised) const;

  const ClusterQuestion& question_;
  Examination& examination_;
  std::vector<Place> places_;
  KafkaSecurity security_;
  std::unique_ptr<ClusterLook> cluster_;
  std::optional<std::variant<std::vector<AdvertisedBroker>, SourceProblem>> brokers_;
  TopicSight topic_;
};

Check ClusterSteps::resolve_names() {
  at_once(places_, [](Place& place) { place.resolved = resolve(place.parts, kNameLimit); });
  std::vector<std::string> good;
  std::vector<std::string> bad;
  for (const auto& [text, parts, resolved, connected] : places_) {
    std::vector<std::string> addresses;
    for (const auto& address : resolved.addresses) addresses.push_back(address.text());
    if (addresses.empty())
      bad.push_back(parts.host + " does not resolve: " + resolved.problem);
    else if (addresses.front() == parts.host)
      good.push_back(parts.host);
    else
      good.push_back(parts.host + " is " + join(addresses, " and "));
  }
  if (good.empty())
    return Check::bad(join(bad, ", "),
                      "correct the broker's name in the mapping or in --kafka; a name of a compose "
                      "network is known in it alone: publish the port and say localhost:PORT");
  good.insert(good.end(), bad.begin(), bad.end());
  return Check::good(join(good, ", "));
}

Check ClusterSteps::open_ports() {
  at_once(places_, [](Place& place) {
    place.connected = connect_to(place.resolved.addresses, kConnectLimit);
  });
  std::vector<std::string> good;
  std::vector<std::string> bad;
  for (const auto& place : places_) {
    if (place.connected.socket.get() != -1)
      good.push_back(place.text);
    else if (!place.connected.problem.empty())
      bad.push_back(place.text + ": " + place.connected.problem);
  }
  if (good.empty())
    return Check::bad(join(bad, ", "),
                      "start a broker there and publish its port, or name another one with --kafka "
                      "HOST:PORT");
  const std::string opened = join(good, ", ") + (good.size() == 1 ? " is open" : " are open");
  return Check::good(bad.empty() ? opened : opened + ", but " + join(bad, ", "));
}

Check ClusterSteps::enter() {
  try {
    security_ = question_.enter();
    return Check::good(question_.secrets);
  } catch (const SourceProblemError& error) {
    return check_of(error.problem());
  }
}

Check ClusterSteps::shake_hands() {
  std::string shown;
  for (const auto& place : places_) {
    if (place.connected.socket.get() == -1) continue;
    const auto sight = look_at_tls(place.connected.socket.get(), place.parts.host,
                                   security_.ca_certificates, kTlsLimit);
    if (!sight.problem.empty() && !sight.speaks_tls)
      return Check::bad(place.text + " speaks no TLS: " + sight.problem,
                        "name the broker's TLS listener; for a plain local cluster add "
                        "--kafka-plaintext");
    if (!sight.problem.empty())
      return Check::bad(place.text + ": " + sight.problem,
                        "compare the versions and ciphers of TLS that the broker takes");
    const std::string certificate =
        "certificate of " + sight.subject + ", signed by " + sight.issuer;
    if (sight.certificate_fault != 0) {
      auto check = Check::bad_line(certificate_text(sight.certificate_fault), kMending);
      check.text = place.text + " is not trusted: " + check.text + " (" + certificate + ")";
      return check;
    }
    if (!shown.empty()) continue;
    shown =
        certificate + ", good for " + counted(static_cast<std::uint64_t>(sight.days_left), "day");
    if (sight.days_left < kDaysToRenew) shown += ": renew it soon";
  }
  return Check::good(shown);
}

const std::variant<std::vector<AdvertisedBroker>, SourceProblem>& ClusterSteps::brokers() {
  if (brokers_) return *brokers_;
  try {
    cluster_ = std::make_unique<ClusterLook>(question_.brokers, security_);
    brokers_ = cluster_->brokers(kEnterLimit);
  } catch (const SourceProblemError& error) {
    brokers_ = error.problem();
  }
  return *brokers_;
}

Check ClusterSteps::login() {
  if (const auto* problem = std::get_if<SourceProblem>(&brokers())) return check_of(*problem);
  const std::string mechanism(to_string(security_.mechanism));
  return Check::good(std::string(to_string(security_.protocol)) +
                     (mechanism.empty() ? ", client certificate" : ", " + mechanism));
}

Check ClusterSteps::metadata() {
  if (const auto* problem = std::get_if<SourceProblem>(&brokers())) return check_of(*problem);
  const auto& found = std::get<std::vector<AdvertisedBroker>>(brokers());
  if (found.empty())
    return Check::bad("the cluster names no broker",
                      "look into the broker's log: it may still start");
  return Check::good(counted(found.size(), "broker") + ", over " +
                     std::string(to_string(security_.protocol)));
}

Check ClusterSteps::listeners() {
  struct Look {
    AdvertisedBroker broker;
    std::optional<std::string> problem;
  };
  std::vector<Look> looks;
  for (const auto& broker : std::get<std::vector<AdvertisedBroker>>(brokers()))
    looks.push_back({broker, std::nullopt});
  at_once(looks, [](Look& look) {
    look.problem = why_not_reachable(split_host_port(look.broker.text()), kConnectLimit);
  });
  std::vector<std::string> good;
  for (const auto& [broker, problem] : looks) {
    if (problem)
      return Check::bad("broker " + std::to_string(broker.id) + " says to be reached as " +
                            broker.text() + ", but " + *problem,
                        listener_remedy(broker.text()));
    good.push_back(broker.text());
  }
  return Check::good("reachable as advertised: " + join(good, ", "));
}

std::string ClusterSteps::listener_remedy(const std::string& advertised) const {
  const std::string wanted = "the listener at " + reached().text +
                             " is advertised under a name that this machine reaches, as " +
                             reached().text;
  if (const auto found = find_advertised_listeners(question_.folders, advertised))
    return "change " + found->file.string() + ":" + std::to_string(found->line) + ", " +
           found->variable + ", so that " + wanted;
  return "set advertised.listeners so that " + wanted +
         "; in a compose file that is the line KAFKA_ADVERTISED_LISTENERS (Bitnami's images: "
         "KAFKA_CFG_ADVERTISED_LISTENERS) of the broker's environment";
}

Check ClusterSteps::topic() {
  const auto answer = cluster_->topic(question_.topic, kTopicLimit);
  const std::string name = "'" + question_.topic + "'";
  if (const auto* problem = std::get_if<SourceProblem>(&answer)) {
    if (problem->kind == SourceProblem::Kind::TopicMissing)
      return Check::bad(name + " does not exist",
                        "create it, or correct the mapping's Topics: kafka-topics.sh "
                        "--bootstrap-server " +
                            reached().text + " --create --topic " + question_.topic);
    return check_of(*problem);
  }
  topic_ = std::get<TopicSight>(answer);
  return Check::good(name + " has " +
                     counted(static_cast<std::uint64_t>(topic_.partitions), "partition"));
}

Check ClusterSteps::topic_rights() {
  const std::string name = "'" + question_.topic + "'";
  if (topic_.may_read == MayRead::No)
    return Check::bad("no right to read " + name, "grant Read on topic " + name);
  return Check::good(topic_.may_read == MayRead::Yes ? "may read " + name
                                                     : "the cluster does not tell");
}

Check ClusterSteps::group_rights() {
  const auto answer = cluster_->group(question_.group, kGroupLimit);
  if (const auto* problem = std::get_if<SourceProblem>(&answer)) return check_of(*problem);
  const auto& sight = std::get<GroupSight>(answer);
  const std::string name = "'" + question_.group + "'";
  if (sight.may_read == MayRead::No)
    return Check::bad("no right to consume in group " + name, "grant Read on group " + name);
  std::string text = sight.may_read == MayRead::Yes ? "may consume in " + name
                                                    : name + ": the cluster does not tell";
  if (sight.members > 0)
    text += "; it has " + counted(static_cast<std::uint64_t>(sight.members), "member") +
            " now, with whom the records are shared";
  return Check::good(text);
}

}  // namespace

void look_at_cluster(const ClusterQuestion& question, Examination& examination) {
  ClusterSteps(question, examination).take();
}

}  // namespace emulator
