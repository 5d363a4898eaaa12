using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPerceptron.Models;

namespace GpuPerceptron.Tabular.Internals;

/// <summary>Lays a table's columns out as rows of features.</summary>
/// <param name="columns">One for each of the chunk's first columns, in order of their features.</param>
internal sealed unsafe class RowEncoder(ColumnEncoder[] columns)
{
    private const int Quad = 4;

    private readonly Cells[] _cells = new Cells[columns.Length];

    /// <summary>The encoder that a model's table is read with.</summary>
    public static RowEncoder Of(Schema schema, string source, bool missingNaN)
    {
        var encoders = new ColumnEncoder[schema.Columns.Count];
        for (int i = 0, feature = 0; i < encoders.Length; feature += schema.Columns[i].Features.Count, i++)
        {
            var column = schema.Columns[i];
            var codes = column.Features.Select(one => FeatureCode.Of(one, schema)).ToArray();
            encoders[i] = column.Kind == ColumnKind.Category
                ? new CategoryEncoder(column.Name, feature, column.Reference,
                    [.. column.Features.Select(one => one.IsOther ? null : one.Level)], codes)
                : new NumberEncoder(column.Name, feature, codes[0], source, missingNaN);
        }

        return new RowEncoder(encoders);
    }

    /// <summary>Takes a chunk, of which <see cref="Encode"/> then writes rows.</summary>
    public void Take(IChunks chunk)
    {
        for (int j = 0; j < columns.Length; j++)
        {
            _cells[j] = chunk.Column(j);
            (columns[j] as NumberEncoder)?.Settle(_cells[j], chunk.Rows);
        }
    }

    /// <summary>Writes some of the chunk's rows.</summary>
    public void Encode(in RowRange range, long firstRow)
    {
        for (int j = 0; j < columns.Length;)
        {
            if (IsQuad(j) && EncodeQuad(j, range))
            {
                j += Quad;
                continue;
            }

            columns[j].Encode(_cells[j], range, firstRow);
            j++;
        }
    }

    /// <summary>Whether four columns of numbers, none of them with an empty cell, start here.</summary>
    private bool IsQuad(int first)
    {
        if (first + Quad > columns.Length) return false;
        for (int j = first; j < first + Quad; j++)
        {
            if (columns[j] is not NumberEncoder || !_cells[j].AllValid) return false;
        }

        return true;
    }

    /// <summary>Writes four columns at once, 16 bytes a row; false where a value is not finite, for which one has to look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // at once: a table is often read before the compiler has seen what is hot
    private bool EncodeQuad(int first, in RowRange range)
    {
        var code0 = ((NumberEncoder)columns[first]).Code;
        var code1 = ((NumberEncoder)columns[first + 1]).Code;
        var code2 = ((NumberEncoder)columns[first + 2]).Code;
        var code3 = ((NumberEncoder)columns[first + 3]).Code;
        var offset = Vector256.Create(code0.Offset, code1.Offset, code2.Offset, code3.Offset);
        var factor = Vector256.Create(code0.Factor, code1.Factor, code2.Factor, code3.Factor);

        double* x0 = _cells[first].Numbers + range.First;
        double* x1 = _cells[first + 1].Numbers + range.First;
        double* x2 = _cells[first + 2].Numbers + range.First;
        double* x3 = _cells[first + 3].Numbers + range.First;
        float* target = range.Feature(columns[first].FirstFeature);
        var sum = Vector128<float>.Zero;
        for (int i = 0; i < range.Count; i++, target += range.Stride)
        {
            var value = (Vector256.Create(x0[i], x1[i], x2[i], x3[i]) - offset) * factor;
            var narrow = Vector128.Narrow(value.GetLower(), value.GetUpper());
            narrow.Store(target);
            sum += narrow * 0f; // 0, but NaN once a value was NaN or infinite
        }

        return sum == Vector128<float>.Zero;
    }
}
