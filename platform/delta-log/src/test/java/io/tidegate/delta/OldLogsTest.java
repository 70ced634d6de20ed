package io.tidegate.delta;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.delta.Action.AddFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What writers of all times left in logs is read as Delta Kernel reads it. */
class OldLogsTest {
  private static final String PROTOCOL =
      "{'protocol':{'minReaderVersion':1,'minWriterVersion':2}}\n";
  private static final String METADATA =
      "{'metaData':{'id':'i','format':{'provider':'parquet','options':{}},'schemaString':"
          + "'{\"type\":\"struct\",\"fields\":[{\"name\":\"x\",\"type\":\"long\",\"nullable\":true,"
          + "\"metadata\":{}}]}','partitionColumns':[],'configuration':{}}}\n";
  private static final String REST =
      ",'partitionValues':{},'size':1,'modificationTime':1,'dataChange':true";

  @TempDir private Path folder;

  private static String line(String text) {
    // Quotes inside of strings are escaped, those of the JSON itself are written as apostrophes.
    return text.replace("\"", "\\\"").replace('\'', '"');
  }

  private static String add(String path, String more) {
    return "{'add':{'path':'" + path + "'" + REST + more + "}}\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'add':null,'remove':null,'metaData':null,'txn':null}\n",
        "{'future':{'a':[1,{'b':null}]}}\n",
        "{'txn':{'appId':'a','version':1}}\n",
        "{'txn':{'appId':'a','version':1,'lastUpdated':null}}\n",
        "{'commitInfo':{'timestamp':1,'operation':'WRITE','operationParameters':{'a':null}}}\n",
        "{'commitInfo':{}}\n",
        "{'add':{'path':'g'ADDED,'stats':null,'tags':null,'deletionVector':null}}\n",
        "{'add':{'path':'g'ADDED,'stats':'','more':{'a':1},'tags':{'INSERTION_TIME':'1'}}}\n",
        "{'add':{'path':'g'ADDED,'stats':'{'}}\n",
        "{'remove':{'path':'f','deletionTimestamp':1,'dataChange':true}}\n",
        "{'remove':{'path':'f','dataChange':true,'extendedFileMetadata':true,"
            + "'partitionValues':{},'size':1}}\n",
        "{'remove':{'path':'never%20there','deletionTimestamp':1,'dataChange':false}}\n",
        "{'remove':{'path':'a%20b','deletionTimestamp':1,'dataChange':true}}\n",
        "{'remove':{'path':'sub/a%3Db','deletionTimestamp':1,'dataChange':true}}\n",
        "{'add':{'path':'a%2520b'ADDED}}\n",
        "{'add':{'path':'sub/../g'ADDED}}\n",
        "{'add':{'path':'\\u00e4'ADDED}}\n",
        "{'cdc':{'path':'_change_data/c','partitionValues':{},'size':1,'dataChange':false}}\n",
        "{'domainMetadata':{'domain':'d','configuration':'','removed':false}}\n",
        "{'add':{'path':'g'ADDED}}",
        "",
      })
  void areReadAsKernelReadsThem(String commit) throws IOException {
    TestLog log = new TestLog(folder.resolve("table"));
    log.write(
        "00000000000000000000.json",
        line(PROTOCOL)
            + line(METADATA)
            + line(add("f", "") + add("a%20b", ""))
            + line(add("sub/a%3Db", "")));
    log.write("00000000000000000001.json", line(commit.replace("ADDED", REST)));
    KernelReader kernel = KernelReader.stock();
    Set<String> expected = kernel.files(kernel.snapshot(folder.resolve("table")));
    assertThat(paths(log.table().snapshot(TimeTravel.latest(), null))).isEqualTo(expected);
    assertThat(log.table().describe().version()).isEqualTo(1);
  }

  private static Set<String> paths(TableSnapshot snapshot) {
    Set<String> paths = new TreeSet<>();
    for (Iterator<AddFile> files = snapshot.files(); files.hasNext(); ) {
      AddFile file = files.next();
      paths.add(file.path() + "  " + new TreeMap<>(file.partitionValues()));
    }
    return paths;
  }
}
