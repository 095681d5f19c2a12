import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads orders, ships them, and commits what is shipped, until its standard input ends.
 *
 * <p>Arguments: the topic, its own name, the file for the history, how it works, and settings of
 * the consumer as KEY=VALUE. How: "right"; or with a mistake for the checker to find: "commit-first"
 * commits what it has polled, then ships, and is killed on the way; "buffered" ships a few orders
 * between two polls, and goes on with the others when their partitions are gone.
 */
public final class OrderService {
    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        for (String s : List.of(args).subList(4, args.length)) {
            settings.setProperty(s.substring(0, s.indexOf('=')), s.substring(s.indexOf('=') + 1));
        }
        settings.setProperty("enable.auto.commit", "false");
        settings.setProperty("auto.offset.reset", "earliest");
        settings.setProperty("max.poll.records", "10");
        var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        new Thread(() -> {
            try {
                while (System.in.read() >= 0) { }
            } catch (java.io.IOException e) {
                // as if it had ended
            }
            consumer.wakeup();
        }).start();
        HistoryLog history = new HistoryLog(Path.of(args[2]), args[1], consumer);
        consumer.subscribe(List.of(args[0]), history.listener(NOTHING_TO_DO));
        try {
            work(consumer, history, args[3]);
        } catch (WakeupException e) {
            // it is to end
        }
        consumer.close(); // revokes what it has: nothing of that is unfinished
        history.stopped("leave");
    }

    private static void work(KafkaConsumer<String, String> consumer, HistoryLog history, String how) throws Exception {
        Queue<ConsumerRecord<String, String>> buffer = new ArrayDeque<>();
        int shipped = 0;
        while (true) {
            var records = consumer.poll(Duration.ofMillis(buffer.isEmpty() ? 100 : 0));
            history.polled(records);
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            for (var r : records) {
                buffer.add(r);
                next.put(new TopicPartition(r.topic(), r.partition()), new OffsetAndMetadata(r.offset() + 1));
            }
            if (how.equals("commit-first") && !next.isEmpty()) {
                history.commitSync(next);
            }
            int most = how.equals("buffered") ? 3 : buffer.size();
            for (int i = 0; i < most && !buffer.isEmpty(); i++) {
                Thread.sleep(2); // the work
                history.processed(buffer.remove());
                if (how.equals("commit-first") && ++shipped == 25) {
                    Runtime.getRuntime().halt(1);
                }
            }
            if (how.equals("right") && !next.isEmpty()) {
                history.commitSync(next);
            }
        }
    }

    /** Between two polls every order is shipped and committed, and callbacks come in poll only. */
    private static final ConsumerRebalanceListener NOTHING_TO_DO = new ConsumerRebalanceListener() {
        @Override public void onPartitionsRevoked(Collection<TopicPartition> list) { }

        @Override public void onPartitionsAssigned(Collection<TopicPartition> list) { }
    };
}
