using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GpuPerceptron.Data;
using GpuPerceptron.Diagnostics;
using GpuPerceptron.Models;
using GpuPerceptron.Solvers;
using Xunit;

namespace GpuPerceptron.Tests.Models;

public sealed class ModelWriterTests
{
    [Fact]
    public void It_writes_to_the_byte_what_the_serializer_does()
    {
        foreach (var document in (ModelDocument[])[Everything(), AsLittleAsPossible()])
        {
            using var written = new MemoryStream();
            ModelWriter.Write(written, document);
            Assert.Equal(JsonSerializer.Serialize(document, ModelJson.Default.ModelDocument), Encoding.UTF8.GetString(written.ToArray()));
        }
    }

    [Fact]
    public void Nothing_of_the_document_is_left_out_of_this_test()
    {
        var given = new HashSet<(Type, string)>();
        var types = new HashSet<JsonTypeInfo>();
        Visit(Everything());
        foreach (var type in types)
        {
            Assert.All(type.Properties.Where(IsWritten), property => Assert.Contains((type.Type, property.Name), given));
        }

        Assert.Contains(ModelJson.Default.HashedColumn, types); // the deepest

        void Visit(object value)
        {
            if (value is System.Collections.IEnumerable items and not string)
            {
                foreach (object item in items)
                    Visit(item);
                return;
            }

            if (ModelJson.Default.GetTypeInfo(value.GetType()) is not { Kind: JsonTypeInfoKind.Object } type) return;
            types.Add(type);
            foreach (var property in type.Properties.Where(IsWritten))
            {
                if (property.Get!(value) is not { } inner) continue;
                given.Add((type.Type, property.Name));
                Visit(inner);
            }
        }
    }

    /// <summary>Not what is only read, for it follows from other properties.</summary>
    private static bool IsWritten(JsonPropertyInfo property) =>
        property.Get is not null && (property.Set is not null || property.AssociatedParameter is not null);

    private static ModelDocument Everything() => new(
        "gpuperceptron-model", 2, new LabelSchema("label \"quoted\"", "nein, natürlich", "<ja>\n"), Standardized: true, -1e-310,
        [
            new ColumnDocument("Größe", ColumnKind.Number, 3, [new FeatureDocument("Größe", 1.0 / 3, double.Epsilon, double.MaxValue)]),
            new ColumnDocument("city", ColumnKind.Category, 0, [new FeatureDocument("city = Bonn", -0.0, 5, 1, "Bonn", true)], "Köln"),
            new ColumnDocument("features", ColumnKind.Sparse, 0, [], Sparse: new SparseDocument(
                1, [1, 5, 7], [0.1, -2, 3e22], [1, 0.5, 7], new HashedTable(20, [new HashedColumn("age", ColumnKind.Number, 41.5)]))),
        ],
        Record() with
        {
            LearningRate = 0.1,
            MiniBatches = new MiniBatchRecord(256, ScheduleKind.Step, 0.5, 0.9),
            Certificate = new Certificate { GradientNorm = 1e-9, Gap = 1e-17, Method = CertificateMethod.NewtonDecrement, Passes = 2 },
        },
        new StandardErrors([0.25, 1e-3], 0.5, 0.75),
        new Conditioning([new Finding("duplicate_columns", "\"b\" is 2 a", "--exclude b")], 1e4));

    private static ModelDocument AsLittleAsPossible() => new("gpuperceptron-model", 1, new LabelSchema("y", "0", "1"), Standardized: false, 0, [], Record());

    private static TrainingRecord Record() => new()
    {
        Samples = 1L << 40,
        Features = 3,
        Positives = 7,
        Solver = "lbfgs",
        Device = "cpu",
        Storage = FeatureStorage.Float16,
        ClassWeight = ClassWeight.Balanced,
        L1 = 1e-5,
        L2 = 0.001,
        Tolerance = 1e-6,
        Seed = ulong.MaxValue,
        LipschitzBound = 3.3,
        Epochs = 10,
        Passes = 12,
        MeanLogLoss = 0.05,
        Objective = 0.06,
        GradientNorm = 5e-7,
        StopReason = StopReason.EpochLimit,
    };
}
