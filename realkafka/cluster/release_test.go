package cluster

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// recorded reads an ApiVersions answer of a real broker: a line for each
// feature that it supports, and each request, with the least and the greatest
// version.
func recorded(t *testing.T, name string) *kmsg.ApiVersionsResponse {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	v := kmsg.NewPtrApiVersionsResponse()
	for line := range strings.Lines(string(text)) {
		f, k := kmsg.NewApiVersionsResponseSupportedFeature(), kmsg.NewApiVersionsResponseApiKey()
		if _, err := fmt.Sscanf(line, "feature %s %d %d", &f.Name, &f.MinVersion, &f.MaxVersion); err == nil {
			v.SupportedFeatures = append(v.SupportedFeatures, f)
		} else if _, err := fmt.Sscanf(line, "api %d %d %d", &k.ApiKey, &k.MinVersion, &k.MaxVersion); err == nil {
			v.ApiKeys = append(v.ApiKeys, k)
		} else {
			t.Fatalf("%s: %q", name, line)
		}
	}
	return v
}

// record writes such a file with -rewrite, else compares.
func record(t *testing.T, name, addr string) {
	t.Helper()
	c, err := Access{}.Connect(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	v, err := askVersions(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range v.SupportedFeatures {
		fmt.Fprintf(&b, "feature %s %d %d\n", f.Name, f.MinVersion, f.MaxVersion)
	}
	for _, k := range v.ApiKeys {
		fmt.Fprintf(&b, "api %d %d %d\n", k.ApiKey, k.MinVersion, k.MaxVersion)
	}
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != b.String() {
		t.Errorf("%s differs (-rewrite accepts it): %v; got:\n%s", path, err, b.String())
	}
}

func TestReleaseOf(t *testing.T) {
	// What a broker with ZooKeeper says: requests, and no feature of ours.
	zookeeper := func(v *kversion.Versions) *kmsg.ApiVersionsResponse {
		answer := kmsg.NewPtrApiVersionsResponse()
		v.EachMaxKeyVersion(func(key, version int16) {
			answer.ApiKeys = append(answer.ApiKeys, kmsg.ApiVersionsResponseApiKey{ApiKey: key, MaxVersion: version})
		})
		return answer
	}
	newer := recorded(t, "versions-4.3.1.txt")
	for i := range newer.SupportedFeatures {
		if f := &newer.SupportedFeatures[i]; f.Name == metadataFeature {
			f.MaxVersion = 99
		}
	}
	unknown := recorded(t, "versions-4.3.1.txt")
	unknown.SupportedFeatures = nil
	for _, x := range []struct {
		name    string
		answer  *kmsg.ApiVersionsResponse
		release string
		old     bool
	}{
		{"4.3.1", recorded(t, "versions-4.3.1.txt"), "4.3", false},
		{"3.9.1", recorded(t, "versions-3.9.1.txt"), "3.9", true},
		{"3.6 with ZooKeeper", zookeeper(kversion.V3_6_0()), "", true},
		{"2.8 with ZooKeeper", zookeeper(kversion.V2_8_0()), "", true},
		{"0.11", zookeeper(kversion.V0_11_0()), "", true},
		{"one to come", newer, "4.4", false},
		{"one without the feature, but without the old requests too", unknown, "", false},
		{"no group coordinator", kmsg.NewPtrApiVersionsResponse(), "", true},
	} {
		if release, old := releaseOf(x.answer); release != x.release || old != x.old {
			t.Errorf("%s: %q, %v", x.name, release, old)
		}
	}
	wantEnvError(t, tooOld("a:1", ""), "older than 4.0", "needs 4.0", "--kafka process")
}

// TestVersionsAreRecorded compares the recording with the Kafka of the pom.
func TestVersionsAreRecorded(t *testing.T) {
	p := start(t, ProcessConfig{})
	record(t, "versions-"+KafkaVersion+".txt", p.Bootstrap()[0])
}

// TestOldKafka refuses a real one. It needs a Maven repository and half a
// minute, and so is run by wish: GROUNDHOG_TEST_OLD_KAFKA=3.9.1.
func TestOldKafka(t *testing.T) {
	version := os.Getenv("GROUNDHOG_TEST_OLD_KAFKA")
	if version == "" {
		t.Skip("GROUNDHOG_TEST_OLD_KAFKA is not set")
	}
	ours := pom
	pom = bytes.ReplaceAll(pom, []byte("<version>"+KafkaVersion+"<"), []byte("<version>"+version+"<"))
	defer func() { pom = ours }()
	p := start(t, ProcessConfig{CacheDir: t.TempDir(), Settings: map[string]string{"group.coordinator.rebalance.protocols": "classic,consumer"}})
	record(t, "versions-"+version+".txt", p.Bootstrap()[0])
	_, err := Open(t.Context(), Choice{Kafka: p.Bootstrap()[0]}, nil)
	wantEnvError(t, err, "is "+version[:strings.LastIndex(version, ".")], "needs 4.0 or newer", "--kafka process")
}
