import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/** Logs what one consumer sees as a history that groundhog verify can judge. */
final class HistoryLog {
    private final PrintStream out;
    private final long began = System.nanoTime();
    private final String client;
    private final Consumer<?, ?> consumer;
    private long calls;

    /** Begins a history. The client is a name that no other process has. A commit is retried unseen. */
    HistoryLog(Path file, String client, Consumer<?, ?> consumer) {
        try {
            out = new PrintStream(Files.newOutputStream(file), true, "UTF-8"); // flushed line by line
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.client = client;
        this.consumer = consumer;
        out.println("{\"groundhog-history\":3,\"began_us\":" + System.currentTimeMillis() * 1000
            + ",\"settings\":{\"hidden_retries\":true}}");
        line("started", "");
    }

    /** What to subscribe with; own is the service's, which may still process and commit. */
    ConsumerRebalanceListener listener(ConsumerRebalanceListener own) {
        return new ConsumerRebalanceListener() {
            @Override public void onPartitionsAssigned(Collection<TopicPartition> list) {
                Map<TopicPartition, Long> told = committed(list);
                member("assigned", offsets(told));
                own.onPartitionsAssigned(list);
            }

            @Override public void onPartitionsRevoked(Collection<TopicPartition> list) {
                member("revoked", partitions(list));
                own.onPartitionsRevoked(list);
                member("revoke-done", partitions(list));
            }

            @Override public void onPartitionsLost(Collection<TopicPartition> list) {
                member("lost", partitions(list));
                own.onPartitionsLost(list);
            }
        };
    }

    /** The committed offsets, -1 where there is none: where the consumer will begin. */
    private Map<TopicPartition, Long> committed(Collection<TopicPartition> list) {
        Map<TopicPartition, Long> told = new HashMap<>();
        if (list.isEmpty()) {
            return told;
        }
        long op = ++calls;
        member("fetch-offsets", ",\"op\":" + op + partitions(list));
        Map<TopicPartition, OffsetAndMetadata> known = consumer.committed(new HashSet<>(list));
        list.forEach(tp -> told.put(tp, known.get(tp) == null ? -1 : known.get(tp).offset()));
        member("offsets-told", ",\"op\":" + op + offsets(told));
        return told;
    }

    void polled(ConsumerRecords<?, ?> records) {
        for (TopicPartition tp : records.partitions()) {
            List<? extends ConsumerRecord<?, ?>> list = List.copyOf(records.records(tp));
            range("polled", tp, list.get(0).offset(), list.get(list.size() - 1).offset() + 1);
        }
    }

    /** Call it when the work on a record is done. */
    void processed(ConsumerRecord<?, ?> r) {
        range("processed", new TopicPartition(r.topic(), r.partition()), r.offset(), r.offset() + 1);
    }

    /** Commits, and logs the call and what came of it. */
    void commitSync(Map<TopicPartition, OffsetAndMetadata> next) {
        long op = ++calls;
        Map<TopicPartition, Long> plain = new HashMap<>();
        next.forEach((tp, o) -> plain.put(tp, o.offset()));
        member("commit", ",\"op\":" + op + offsets(plain));
        try {
            consumer.commitSync(next);
            member("commit-done", ",\"op\":" + op);
        } catch (RuntimeException e) { // CommitFailedException and others that are no answer have no name of Kafka's
            Errors known = Errors.forException(e);
            String name = known == Errors.UNKNOWN_SERVER_ERROR ? e.getClass().getSimpleName() : known.name();
            member("commit-done", ",\"op\":" + op + ",\"error\":\"" + name + "\"");
            throw e;
        }
    }

    void stopped(String cause) {
        line("stopped", ",\"cause\":\"" + cause + "\"");
    }

    private void range(String event, TopicPartition tp, long from, long to) {
        member(event, "," + name(tp) + ",\"from\":" + from + ",\"to\":" + to);
    }

    private void member(String event, String rest) {
        var me = consumer.groupMetadata();
        line(event, ",\"group\":\"" + me.groupId() + "\",\"member\":\"" + me.memberId()
            + "\",\"generation\":" + me.generationId() + rest);
    }

    private synchronized void line(String event, String rest) { // the clock is read under the lock
        out.println("{\"us\":" + (System.nanoTime() - began) / 1000 + ",\"event\":\"" + event
            + "\",\"client\":\"" + client + "\"" + rest + "}");
    }

    private static String name(TopicPartition tp) {
        return "\"topic\":\"" + tp.topic() + "\",\"partition\":" + tp.partition();
    }

    private static String partitions(Collection<TopicPartition> list) {
        return list.stream().map(tp -> "{" + name(tp) + "}").collect(Collectors.joining(",", ",\"partitions\":[", "]"));
    }

    private static String offsets(Map<TopicPartition, Long> map) {
        return map.entrySet().stream().map(e -> "{" + name(e.getKey()) + ",\"offset\":" + e.getValue() + "}")
            .collect(Collectors.joining(",", ",\"partitions\":[", "]"));
    }
}
